"""Arrays in, arrays out: Lab, lightness, Cb and Cr in the film's own terms, guided upsampling."""
