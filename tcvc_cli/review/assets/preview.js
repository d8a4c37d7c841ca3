// A still with the colours that the decisions would give it.
(function (review) {
  "use strict";

  const preview = (review.preview = {});

  async function pixels(uri) {
    const image = new Image();
    image.src = uri;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(image, 0, 0);
    return context.getImageData(0, 0, canvas.width, canvas.height);
  }

  function plane(image, channel, scale, offset) {
    const values = new Float32Array(image.width * image.height);
    for (let i = 0; i < values.length; i++) values[i] = image.data[4 * i + channel] * scale + offset;
    return { width: image.width, height: image.height, values };
  }

  // Where the pixels of a longer row lie between those of a shorter one; the centres of the ends agree.
  function between(from, to) {
    return Array.from({ length: to }, (_, i) => {
      const at = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
      const low = Math.floor(at);
      return [low, Math.min(from - 1, low + 1), at - low];
    });
  }

  function scaled(one, width, height) {
    if (one.width === width && one.height === height) return one.values;
    const [columns, rows] = [between(one.width, width), between(one.height, height)];
    const values = new Float32Array(width * height);
    rows.forEach(([top, bottom, down], y) => {
      columns.forEach(([left, right, along], x) => {
        const at = (row, column) => one.values[row * one.width + column];
        const upper = at(top, left) * (1 - along) + at(top, right) * along;
        const lower = at(bottom, left) * (1 - along) + at(bottom, right) * along;
        values[y * width + x] = upper * (1 - down) + lower * down;
      });
    });
    return values;
  }

  // Pictures of one still, decoded when they are first wanted and kept at the sizes that were asked for.
  class Still {
    constructor(data, look, light) {
      Object.assign(this, { data, look, light });
      this.maps = new Map();
    }

    static async of(data, look) {
      return new Still(data, look, plane(await pixels(data.light), 0, 100 / 255, 0));
    }

    named(wanted) {
      return this.data.colors.find((one) =>
        Object.entries(wanted).every(([key, value]) => one[key] === value),
      );
    }

    async map(color, width, height) {
      const key = `${this.data.colors.indexOf(color)} ${width} ${height}`;
      if (!this.maps.has(key)) {
        const image = await pixels(color.src);
        const [a, b] = [0, 1].map((channel) => scaled(plane(image, channel, 1, -128), width, height));
        this.maps.set(key, { a, b });
      }
      return this.maps.get(key);
    }

    lightAt(width, height) {
      const key = `light ${width}`;
      if (!this.maps.has(key)) this.maps.set(key, scaled(this.light, width, height));
      return this.maps.get(key);
    }
  }

  const isPlain = (look) => look.saturation === 1 && look.warmth === 0 && !look.hue_maps.length;
  const vividOf = (look) => (look.vivid === null ? review.state.film.defaults.vivid : look.vivid);

  // Which maps make the colours before any grade: one, or one with a power of the ratio of two others.
  function plan(still, wanted) {
    const { look } = still;
    const result = still.named({ of: "result" });
    const pair = [0, 1].map((vivid) => still.named({ of: "palette", palette: wanted.palette, vivid }));
    const [vivid, was] = [vividOf(wanted), vividOf(look)];
    const hasPair = pair.every(Boolean) && vivid !== null;
    if (result && look.palette === wanted.palette && isPlain(look)) {
      if (vivid === was) return { base: result, isClose: true };
      if (hasPair && was !== null) return { base: result, pair, power: vivid - was, isClose: true };
    }
    if (hasPair) return { base: pair[0], pair, power: vivid, isClose: true };
    const other = still.named({ of: "palette", palette: wanted.palette });
    if (other) return { base: other, isClose: vivid === was };
    return {
      base: result || still.data.colors[0],
      isClose: false,
      isGraded: Boolean(result) && !isPlain(look),
    };
  }

  // Chroma goes along C0^(1-v) C1^v; 1 is added so that grey stays grey. The logarithm of C1 / C0.
  async function ratios(still, pair, width, height) {
    const key = `ratio ${pair[0].palette} ${width}`;
    if (!still.maps.has(key)) {
      const [calm, vivid] = await Promise.all(pair.map((one) => still.map(one, width, height)));
      const chroma = (map, i) => Math.sqrt(map.a[i] * map.a[i] + map.b[i] * map.b[i]) + 1;
      still.maps.set(
        key,
        Float32Array.from(calm.a, (_, i) => Math.log(chroma(vivid, i) / chroma(calm, i))),
      );
    }
    return still.maps.get(key);
  }

  async function colors(still, { base, pair, power }, width, height) {
    const map = await still.map(base, width, height);
    const [a, b] = [map.a.slice(), map.b.slice()];
    if (!pair || power === 0) return { a, b };
    const ratio = await ratios(still, pair, width, height);
    for (let i = 0; i < a.length; i++) {
      const factor = Math.exp(power * ratio[i]);
      a[i] *= factor;
      b[i] *= factor;
    }
    return { a, b };
  }

  preview.still = Still.of;

  // Draws L* alone.
  preview.grey = function (still, canvas) {
    const { width, height } = still.data;
    const none = new Float32Array(width * height);
    put(canvas, width, height, still.lightAt(width, height), none, none);
  };

  // Draws what `wanted` gives, at `width` px; whether that is what colouring would come to, but for points and
  // references. `wanted`: {palette, vivid, saturation, warmth, hue_maps, keep, locked}.
  preview.draw = async function (still, wanted, canvas, width = still.data.width) {
    const height = Math.max(1, Math.round((still.data.height * width) / still.data.width));
    const light = still.lightAt(width, height);
    const isResult = wanted.locked && still.named({ of: "result" });
    const shown = isResult ? { ...wanted, ...still.look } : wanted;
    const planned = isResult ? { base: isResult, isClose: true, isGraded: true } : plan(still, shown);
    if (!planned.base || (wanted.keep && !isResult)) {
      const none = new Float32Array(width * height);
      put(canvas, width, height, light, none, none);
      return Boolean(wanted.keep);
    }
    const { a, b } = await colors(still, planned, width, height);
    if (!planned.isGraded) review.grade(a, b, light, shown);
    put(canvas, width, height, light, a, b);
    return planned.isClose;
  };

  function put(canvas, width, height, light, a, b) {
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    const context = canvas.getContext("2d", { willReadFrequently: true });
    const image = context.createImageData(width, height);
    review.lab.paint(light, a, b, image.data);
    context.putImageData(image, 0, 0);
  }
})(window.tcvcReview);
