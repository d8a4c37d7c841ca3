// What a grade does to a* and b*, as tcvc_cli/color/grading.py has it: hue maps, then saturation, then warmth.
(function (review) {
  "use strict";

  const lab = review.lab;
  const SURE_CHROMA = 8;
  const KEPT_CHORD = 0.7071;
  const LEVEL_LOW = 0.25;
  const LEVEL_HIGH = 4;
  const WARMTH_MIRED = 90;
  const D65_K = 6504;
  const BRADFORD = [
    [0.8951, 0.2664, -0.1614],
    [-0.7502, 1.7135, 0.0367],
    [0.0389, -0.0685, 1.0296],
  ];
  const HUE_STEPS = 7200;

  // `a`, `b`, `light`: arrays of one length; a and b are changed in place.
  // `grade`: {saturation, warmth, hue_maps: [{from, to, width, strength}]}, hues and widths in degrees.
  review.grade = function (a, b, light, grade) {
    if (grade.hue_maps.length) turn(a, b, grade.hue_maps);
    if (grade.saturation !== 1) {
      for (let i = 0; i < a.length; i++) {
        a[i] *= grade.saturation;
        b[i] *= grade.saturation;
      }
    }
    if (grade.warmth) warm(a, b, light, grade.warmth);
  };

  function near(hue, map) {
    let apart = Math.abs(hue - map.from);
    apart = Math.min(apart, 360 - apart);
    const beyond = Math.min(1, Math.max(0, (apart * 2) / map.width - 1));
    return (0.5 + 0.5 * Math.cos(beyond * Math.PI)) * map.strength;
  }

  // By hue in steps of a twentieth of a degree: how much is mapped, and where to.
  function tables(maps) {
    const share = new Float32Array(HUE_STEPS + 1);
    const [toA, toB] = [new Float32Array(HUE_STEPS + 1), new Float32Array(HUE_STEPS + 1)];
    for (let step = 0; step <= HUE_STEPS; step++) {
      for (const map of maps) {
        const weight = near((step * 360) / HUE_STEPS, map);
        share[step] += weight;
        toA[step] += weight * Math.cos((map.to * Math.PI) / 180);
        toB[step] += weight * Math.sin((map.to * Math.PI) / 180);
      }
    }
    return { share, toA, toB };
  }

  function turn(a, b, maps) {
    const { share, toA, toB } = tables(maps);
    const scale = HUE_STEPS / (2 * Math.PI);
    for (let i = 0; i < a.length; i++) {
      const [oldA, oldB] = [a[i], b[i]];
      const angle = Math.atan2(oldB, oldA);
      const step = Math.round((angle < 0 ? angle + 2 * Math.PI : angle) * scale);
      if (share[step] <= 0) continue;
      const chroma = Math.sqrt(oldA * oldA + oldB * oldB);
      const held = Math.min(1, chroma / SURE_CHROMA);
      const sureness = (held * held * (3 - 2 * held)) / Math.max(share[step], 1);
      const kept = 1 - share[step] * sureness;
      const mixedA = oldA * kept + toA[step] * chroma * sureness;
      const mixedB = oldB * kept + toB[step] * chroma * sureness;
      const mixed = Math.max(Math.sqrt(mixedA * mixedA + mixedB * mixedB), chroma * KEPT_CHORD, 1e-6);
      a[i] = (mixedA * chroma) / mixed;
      b[i] = (mixedB * chroma) / mixed;
    }
  }

  function daylight(kelvin) {
    const t = 1e3 / kelvin;
    const x =
      kelvin <= 7000
        ? -4.607 * t ** 3 + 2.9678 * t ** 2 + 0.09911 * t + 0.244063
        : -2.0064 * t ** 3 + 1.9018 * t ** 2 + 0.24748 * t + 0.23704;
    const y = -3 * x * x + 2.87 * x - 0.275;
    return [x / y, 1, (1 - x - y) / y];
  }

  // Shares of D65's white under D65 -> under the white of this warmth.
  function adaptation(warmth) {
    const kelvin = 1e6 / (1e6 / D65_K + WARMTH_MIRED * warmth);
    const [to, from] = [kelvin, D65_K].map((one) => lab.times(BRADFORD, daylight(one)));
    const cones = BRADFORD.map((row, k) => row.map((one) => (one * to[k]) / from[k]));
    const back = lab.inverse(BRADFORD);
    const xyz = back.map((row) =>
      [0, 1, 2].map(
        (k) =>
          lab.times(
            [row],
            cones.map((one) => one[k]),
          )[0],
      ),
    );
    return xyz.map((row, i) => row.map((one, k) => (one * lab.WHITE[k]) / lab.WHITE[i]));
  }

  const root = (ratio) => (ratio > 0.008856 ? Math.cbrt(ratio) : 7.787 * ratio + 16 / 116);

  function warm(a, b, light, warmth) {
    const [[xx, xy, xz], [yx, yy, yz], [zx, zy, zz]] = adaptation(warmth);
    const ratio = lab.ratio;
    for (let i = 0; i < a.length; i++) {
      const fy = (light[i] + 16) / 116;
      const [x, y, z] = [ratio(fy + a[i] / 500), ratio(fy), ratio(fy - b[i] / 200)];
      const under = Math.max(yx * x + yy * y + yz * z, 1e-6);
      const level = Math.min(LEVEL_HIGH, Math.max(LEVEL_LOW, y / under));
      const newA = 500 * (root((xx * x + xy * y + xz * z) * level) - fy);
      const newB = 200 * (fy - root((zx * x + zy * y + zz * z) * level));
      const middle = (light[i] / 50 - 1) ** 2;
      const weight = Math.min(1, Math.max(0, 1 - middle * middle));
      a[i] += weight * (newA - a[i]);
      b[i] += weight * (newB - b[i]);
    }
  }
})(window.tcvcReview);
