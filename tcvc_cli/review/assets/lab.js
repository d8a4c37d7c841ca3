// CIE Lab (D65) and sRGB, as tcvc_cli/color/lab.py has them; colours out of gamut are cut channel by channel.
(function (review) {
  "use strict";

  const XYZ_FROM_RGB = [
    [0.412453, 0.35758, 0.180423],
    [0.212671, 0.71516, 0.072169],
    [0.019334, 0.119193, 0.950227],
  ];
  const WHITE = [0.95047, 1.0, 1.08883];
  const STEPS = 4096;

  const lab = (review.lab = {});
  lab.WHITE = WHITE;

  lab.inverse = function (m) {
    const minor = (i, j) => {
      const [r, s] = [0, 1, 2].filter((k) => k !== i);
      const [c, d] = [0, 1, 2].filter((k) => k !== j);
      return m[r][c] * m[s][d] - m[r][d] * m[s][c];
    };
    const sign = (i, j) => ((i + j) % 2 ? -1 : 1);
    const whole = m[0][0] * minor(0, 0) - m[0][1] * minor(0, 1) + m[0][2] * minor(0, 2);
    return [0, 1, 2].map((i) => [0, 1, 2].map((j) => (sign(i, j) * minor(j, i)) / whole));
  };

  lab.times = function (m, v) {
    return m.map((row) => row[0] * v[0] + row[1] * v[1] + row[2] * v[2]);
  };

  const RGB_FROM_RATIO = lab.inverse(XYZ_FROM_RGB).map((row) => row.map((one, k) => one * WHITE[k]));

  const signal = (linear) => (linear > 0.0031308 ? 1.055 * linear ** (1 / 2.4) - 0.055 : linear * 12.92);
  const CURVE = Float64Array.from({ length: STEPS + 2 }, (_, i) => 255 * signal(Math.min(1, i / STEPS)));

  // 0 to 255 of light; straight between the steps of the curve, which is off by less than a hundredth.
  function level(linear) {
    if (linear <= 0) return 0;
    if (linear >= 1) return 255;
    if (linear <= 0.0031308) return linear * 12.92 * 255;
    const at = linear * STEPS;
    const step = at | 0;
    return CURVE[step] + (CURVE[step + 1] - CURVE[step]) * (at - step);
  }

  // Light, as a share of white's, of the f of CIE Lab.
  lab.ratio = function (f) {
    return f > 0.2068966 ? f * f * f : (f - 16 / 116) / 7.787;
  };

  // Writes RGBA, 0 to 255, of L* (0 to 100), a* and b*; arrays of one length.
  lab.paint = function (light, a, b, rgba) {
    const [[rx, ry, rz], [gx, gy, gz], [bx, by, bz]] = RGB_FROM_RATIO;
    const ratio = lab.ratio;
    for (let i = 0, o = 0; i < light.length; i++, o += 4) {
      const fy = (light[i] + 16) / 116;
      const x = Math.max(0, ratio(fy + a[i] / 500));
      const y = Math.max(0, ratio(fy));
      const z = Math.max(0, ratio(fy - b[i] / 200));
      rgba[o] = level(rx * x + ry * y + rz * z);
      rgba[o + 1] = level(gx * x + gy * y + gz * z);
      rgba[o + 2] = level(bx * x + by * y + bz * z);
      rgba[o + 3] = 255;
    }
  };

  lab.hex = function (light, a, b) {
    const rgba = new Uint8ClampedArray(4);
    lab.paint([light], [a], [b], rgba);
    return lab.hexOf(rgba, 0);
  };

  lab.hexOf = function (rgba, at) {
    return "#" + [0, 1, 2].map((k) => rgba[at + k].toString(16).padStart(2, "0")).join("");
  };

  // A colour of this hue that is easily told from others, for a swatch.
  lab.swatch = function (degrees) {
    const angle = (degrees * Math.PI) / 180;
    return lab.hex(62, 52 * Math.cos(angle), 52 * Math.sin(angle));
  };
})(window.tcvcReview);
