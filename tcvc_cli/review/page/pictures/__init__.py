"""What is seen of one shot: small pictures, a still in several colourings, a clip."""
