// Points: a place of the picture, and the colour of what is seen there.
(function (review) {
  "use strict";

  const { el } = review;
  const round = (number) => Math.round(Math.max(0, Math.min(1, number)) * 1e4) / 1e4;
  const GREY = "none";
  const SWATCHES = 10;

  const colorOf = (point) => point.color ?? point.colour;
  const radiusOf = (point) => point.radius ?? review.state.film.defaults.radius;
  const place = (point) =>
    `${Math.round(point.x * 100)} % from the left, ${Math.round(point.y * 100)} % from the top`;

  // The colours that a picture has most of, as #rrggbb, told apart by hue and lightness.
  review.colorsOf = function (canvas, most = SWATCHES) {
    const found = new Map();
    const { data, width, height } = pixelsOf(canvas);
    const step = Math.max(1, Math.round(Math.sqrt((width * height) / 3000)));
    for (let y = 0; y < height; y += step) {
      for (let x = 0; x < width; x += step) {
        const at = 4 * (y * width + x);
        const key = [0, 1, 2].map((k) => data[at + k] >> 5).join(" ");
        const one = found.get(key) || { count: 0, at };
        one.count += 1;
        found.set(key, one);
      }
    }
    const spread = ({ at }) => Math.max(...data.slice(at, at + 3)) - Math.min(...data.slice(at, at + 3));
    const rank = (one) => one.count * (1 + spread(one) / 16);
    const best = [...found.values()].sort((one, other) => rank(other) - rank(one)).slice(0, most);
    return best.map((one) => review.lab.hexOf(data, one.at));
  };

  function pixelsOf(canvas) {
    return canvas
      .getContext("2d", { willReadFrequently: true })
      .getImageData(0, 0, canvas.width, canvas.height);
  }

  class Points {
    // `view`: {index, stage, canvases, frame(), seek(frame)} of the open shot.
    constructor(view) {
      Object.assign(this, { view, cross: { x: 0.5, y: 0.5 }, chosen: -1 });
      this.buildLayer();
      this.list = el("ul", { class: "points" });
      this.hint = el("p", { class: "quiet" });
      this.element = el(
        "section",
        { class: "part part-points" },
        el("h3", {}, "Points"),
        this.hint,
        this.list,
      );
    }

    get items() {
      return review.history.reading.holds(this.view.index).points;
    }

    buildLayer() {
      this.mark = el("span", { class: "cross", "aria-hidden": "true" });
      this.spots = el("div", { class: "spot-list" });
      this.layer = el(
        "div",
        {
          class: "spots",
          role: "application",
          "aria-label": "Picture. Arrow keys move the cross, Shift moves it further, Enter sets a point.",
        },
        this.mark,
        this.spots,
      );
      this.layer.addEventListener("click", (event) => this.clicked(event));
      this.layer.addEventListener("keydown", (event) => this.pressed(event));
    }

    point(isOn) {
      this.isOn = isOn;
      this.view.stage.classList.toggle("is-pointing", isOn);
      if (isOn) this.layer.setAttribute("tabindex", "0");
      else this.layer.removeAttribute("tabindex");
      this.update();
    }

    at(event) {
      const box = this.view.stage.getBoundingClientRect();
      return {
        x: round((event.clientX - box.left) / box.width),
        y: round((event.clientY - box.top) / box.height),
      };
    }

    clicked(event) {
      if (!this.isOn || event.target.closest(".spot")) return;
      this.cross = this.at(event);
      this.set(this.cross);
    }

    pressed(event) {
      if (event.target !== this.layer || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Enter") this.set(this.cross);
      else if (!this.moved(this.cross, event)) return;
      else this.drawCross();
      event.preventDefault();
      event.stopPropagation();
    }

    // Whether it was an arrow key; the place then is another.
    moved(spot, event) {
      const step = event.shiftKey ? 0.05 : 0.01;
      const by = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[
        event.key
      ];
      if (!by) return false;
      [spot.x, spot.y] = [round(spot.x + by[0]), round(spot.y + by[1])];
      return true;
    }

    drawCross() {
      this.mark.style.setProperty("--x", this.cross.x);
      this.mark.style.setProperty("--y", this.cross.y);
    }

    // The colour that is seen there now.
    seen({ x, y }) {
      const canvas = this.view.canvases.after;
      const [left, top] = [x * (canvas.width - 1), y * (canvas.height - 1)].map(Math.round);
      const { data } = canvas.getContext("2d", { willReadFrequently: true }).getImageData(left, top, 1, 1);
      return review.lab.hexOf(data, 0);
    }

    set({ x, y }) {
      const frame = this.view.frame();
      const there = this.items.findIndex((one) => one.frame === frame && one.x === x && one.y === y);
      if (there >= 0) return this.choose(there);
      this.swatches = null;
      const value = { frame, x, y, color: this.seen({ x, y }) };
      this.chosen = this.items.length;
      review.decide(this.view.index, [{ key: "points", add: true, value }], "a point");
      review.say(`Point ${this.chosen + 1} is set. Choose its colour.`, "quiet");
      this.choose(this.chosen);
    }

    choose(index) {
      this.chosen = index;
      this.update();
      this.list.children[index]?.scrollIntoView({ block: "nearest" });
    }

    change(index, changes, label) {
      const { frame, x, y, color, radius } = {
        color: colorOf(this.items[index]),
        ...this.items[index],
        ...changes,
      };
      const value = { frame, x, y, color };
      if (radius !== undefined && radius !== review.state.film.defaults.radius) value.radius = radius;
      review.decide(this.view.index, [{ key: "points", at: index, value }], label, `point ${index} ${label}`);
    }

    remove(index) {
      const step = this.items.length > 1 ? { key: "points", at: index } : { key: "points" };
      this.chosen = -1;
      if (review.decide(this.view.index, [step], "a point less")) review.say(`Point ${index + 1} is gone.`);
      (this.spots.children[index] || this.layer).focus();
    }

    update() {
      const { items } = this;
      review.rows(
        this.spots,
        items,
        (index) => this.makeSpot(index),
        (spot, one, index) => this.drawSpot(spot, one, index),
      );
      review.rows(
        this.list,
        items,
        (index) => this.makeRow(index),
        (row, one, index) => this.drawRow(row, one, index),
      );
      const how = this.isOn
        ? "Click a thing in the picture, or move the cross with the arrow keys and press Enter; then choose its colour."
        : "Say what colour a thing has: turn on “Set points”, then click it.";
      review.text(this.hint, how);
      this.drawCross();
    }

    makeSpot(index) {
      const spot = el("button", { type: "button", class: "spot" });
      spot.addEventListener("click", () => this.choose(index));
      spot.addEventListener("keydown", (event) => this.spotPressed(event, index));
      spot.addEventListener("pointerdown", (event) => this.drag(event, spot, index));
      return spot;
    }

    spotPressed(event, index) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const { x, y } = this.items[index];
      const spot = { x, y };
      if (event.key === "Delete" || event.key === "Backspace") this.remove(index);
      else if (this.moved(spot, event)) this.change(index, spot, "a point moved");
      else return;
      event.preventDefault();
      event.stopPropagation();
    }

    drag(event, spot, index) {
      if (event.button !== 0) return;
      spot.setPointerCapture(event.pointerId);
      let to = null;
      const move = (later) => {
        if (!to && Math.hypot(later.clientX - event.clientX, later.clientY - event.clientY) < 4) return;
        to = this.at(later);
        spot.style.setProperty("--x", to.x);
        spot.style.setProperty("--y", to.y);
      };
      const end = () => {
        spot.removeEventListener("pointermove", move);
        if (to) this.change(index, to, "a point moved");
      };
      spot.addEventListener("pointermove", move);
      spot.addEventListener("lostpointercapture", end, { once: true });
    }

    drawSpot(spot, point, index) {
      const color = colorOf(point);
      const name = color === GREY ? "stays grey" : color;
      spot.setAttribute("aria-label", `Point ${index + 1}: ${name}, ${place(point)}`);
      review.text(spot, String(index + 1));
      spot.classList.toggle("is-chosen", index === this.chosen);
      spot.classList.toggle("is-elsewhere", point.frame !== this.view.frame());
      const values = {
        "--x": point.x,
        "--y": point.y,
        "--r": radiusOf(point),
        "--color": color === GREY ? "#808080" : color,
      };
      Object.entries(values).forEach(([key, value]) => spot.style.setProperty(key, value));
    }

    makeRow(index) {
      const name = `Point ${index + 1}`;
      const color = el("input", { type: "color", "aria-label": `Colour of point ${index + 1}` });
      color.addEventListener("change", () => this.change(index, { color: color.value }, "a point's colour"));
      const grey = el("input", { type: "checkbox" });
      grey.addEventListener("change", () =>
        this.change(index, { color: grey.checked ? GREY : this.seen(this.items[index]) }, "a point's colour"),
      );
      const radius = el("input", {
        type: "number",
        min: 0.005,
        max: 0.5,
        step: 0.005,
        "aria-label": `Radius of point ${index + 1}`,
      });
      radius.addEventListener("change", () => this.setRadius(index, radius));
      const frame = el("button", { type: "button", class: "link" });
      frame.addEventListener("click", () => this.view.seek(this.items[index].frame));
      const remove = el(
        "button",
        { type: "button", class: "icon small", "aria-label": `Delete point ${index + 1}` },
        "✕",
      );
      remove.addEventListener("click", () => this.remove(index));
      return el(
        "li",
        { class: "point" },
        el("div", { class: "point-line" }, color, el("strong", {}, name), frame, remove),
        el(
          "div",
          { class: "point-line" },
          el("label", { class: "check" }, grey, "keep grey"),
          el("label", {}, "radius ", radius),
        ),
        el("div", {
          class: "swatches",
          role: "group",
          "aria-label": `Colours of the picture for point ${index + 1}`,
        }),
      );
    }

    setRadius(index, input) {
      const radius = Number(input.value);
      if (!(radius > 0 && radius <= 0.5)) {
        review.say("A radius goes from above 0 to 0.5 of the picture's height.", "error");
        input.value = radiusOf(this.items[index]);
      } else this.change(index, { radius }, "a point's radius");
    }

    drawRow(row, point, index) {
      const [color, grey, radius] = row.querySelectorAll("input");
      const isGrey = colorOf(point) === GREY;
      review.setValue(color, isGrey ? "#808080" : colorOf(point).toLowerCase());
      grey.checked = isGrey;
      color.disabled = isGrey;
      review.setValue(radius, radiusOf(point));
      review.text(row.querySelector(".link"), `frame ${point.frame}`);
      row.classList.toggle("is-chosen", index === this.chosen);
      this.drawSwatches(row.querySelector(".swatches"), index);
    }

    drawSwatches(group, index) {
      if (index !== this.chosen) return group.replaceChildren();
      if (group.children.length && this.swatches) return;
      this.swatches = this.swatches || review.colorsOf(this.view.canvases.after);
      const buttons = this.swatches.map((hex) => {
        const button = el("button", { type: "button", class: "swatch", "aria-label": hex, title: hex });
        button.style.setProperty("--color", hex);
        button.addEventListener("click", () => this.change(index, { color: hex }, "a point's colour"));
        return button;
      });
      group.replaceChildren(...buttons);
    }
  }

  review.Points = Points;
})(window.tcvcReview);
