// Hue maps: which hues become which others, by name or in degrees.
(function (review) {
  "use strict";

  const { el, controls } = review;
  const ADVICE = "A hue is a name, such as blue, or degrees from 0 to 360.";

  function names() {
    if (document.getElementById("hue-names")) return;
    const options = review.state.film.hues.map(([name]) => el("option", { value: name }));
    document.body.append(el("datalist", { id: "hue-names" }, ...options));
  }

  function hueInput(label, placeholder) {
    const dot = el("span", { class: "dot", "aria-hidden": "true" });
    const input = el("input", {
      type: "text",
      list: "hue-names",
      "aria-label": label,
      autocomplete: "off",
      placeholder,
    });
    const show = () => {
      const hue = review.settings.hue(input.value);
      dot.style.setProperty("--color", hue === null ? "transparent" : review.lab.swatch(hue));
      input.setAttribute("aria-invalid", hue === null && input.value ? "true" : "false");
      return hue !== null;
    };
    input.addEventListener("input", show);
    return { input, show, element: el("span", { class: "hue" }, dot, input) };
  }

  class Hues {
    constructor(index) {
      this.index = index;
      this.rows = [];
      names();
      this.list = el("ul", { class: "hues" });
      this.from = el("p", { class: "quiet" });
      this.element = controls.part("Hue maps", this.from, this.list, this.adder(), this.tools());
    }

    get own() {
      const table = this.index < 0 ? review.history.reading.film : review.history.reading.own(this.index);
      return table.hue_maps;
    }

    adder() {
      const [from, to] = [hueInput("Hue to change", "blue"), hueInput("Becomes", "brown")];
      const add = el("button", { type: "submit" }, "Add");
      const form = el(
        "form",
        { class: "hue-line" },
        from.element,
        el("span", { "aria-hidden": "true" }, "→"),
        to.element,
        add,
      );
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        if (!(from.show() && to.show())) return review.say(ADVICE, "error");
        this.add(
          review.settings.hueItem(
            [from, to].map((one) => one.input.value.trim().toLowerCase()),
            60,
            1,
          ),
        );
        [from, to].forEach((one) => {
          one.input.value = "";
          one.show();
        });
        from.input.focus();
      });
      return form;
    }

    // A shot's own list stands instead of the film's, so it begins with what holds.
    add(item) {
      const own = this.own;
      const held =
        own === undefined
          ? this.held().map((one) => review.settings.hueItem(one.words, one.width, one.strength))
          : [];
      const step = held.length
        ? { key: "hue_maps", value: [...held, item] }
        : { key: "hue_maps", add: true, value: item };
      review.decide(this.index, [step], "a hue map");
    }

    held() {
      return controls.holds(this.index).hue_maps;
    }

    tools() {
      this.reset = el("button", { type: "button", class: "link" }, "reset");
      this.reset.addEventListener("click", () =>
        review.decide(this.index, [{ key: "hue_maps" }], "hue maps reset"),
      );
      this.none = el("button", { type: "button", class: "link" }, "none for this shot");
      this.none.addEventListener("click", () =>
        review.decide(this.index, [{ key: "hue_maps", value: [] }], "no hue maps"),
      );
      return el("div", { class: "part-tools" }, this.none, this.reset);
    }

    make(at) {
      const [from, to] = [hueInput(`Hue map ${at + 1}: from`), hueInput(`Hue map ${at + 1}: to`)];
      const width = el("input", { type: "number", min: 1, max: 180, step: 1 });
      const strength = el("input", { type: "number", min: 0, max: 1, step: 0.05 });
      const remove = el(
        "button",
        { type: "button", class: "icon small", "aria-label": `Remove hue map ${at + 1}` },
        "✕",
      );
      remove.addEventListener("click", () => this.remove(at));
      const row = { from, to, width, strength };
      [from.input, to.input, width, strength].forEach((one) =>
        one.addEventListener("change", () => this.change(at)),
      );
      this.rows[at] = row;
      return el(
        "li",
        {},
        el(
          "div",
          { class: "hue-line" },
          from.element,
          el("span", { "aria-hidden": "true" }, "→"),
          to.element,
          remove,
        ),
        el(
          "div",
          { class: "hue-line quiet" },
          el("label", {}, "width ", width, " °"),
          el("label", {}, "strength ", strength),
        ),
      );
    }

    change(at) {
      const { from, to, width, strength } = this.rows[at];
      const [wide, strong] = [Number(width.value), Number(strength.value)];
      const isFit = from.show() && to.show() && wide > 0 && wide <= 180 && strong >= 0 && strong <= 1;
      if (!isFit) return review.say(`${ADVICE} A width goes to 180, a strength to 1.`, "error");
      const item = review.settings.hueItem(
        [from, to].map((one) => one.input.value.trim().toLowerCase()),
        wide,
        strong,
      );
      review.decide(this.index, [{ key: "hue_maps", at, value: item }], "a hue map");
    }

    remove(at) {
      const isLast = this.own.length === 1;
      const hides = this.index >= 0 && review.history.reading.film.hue_maps?.length;
      review.decide(
        this.index,
        [isLast && !hides ? { key: "hue_maps" } : { key: "hue_maps", at }],
        "a hue map less",
      );
    }

    update() {
      const isOwn = this.own !== undefined;
      const held = this.held();
      review.rows(
        this.list,
        isOwn ? held : [],
        (at) => this.make(at),
        (_, one, at) => this.show(one, at),
      );
      this.reset.hidden = !isOwn;
      this.none.hidden = isOwn || this.index < 0 || !held.length;
      const words = held.map((one) => one.words.join(" → ")).join(", ");
      const own = isOwn && !held.length ? "None, whatever holds for the film." : "";
      review.text(this.from, !isOwn && held.length ? `Not from here: ${words}` : own);
    }

    show(one, at) {
      const row = this.rows[at];
      review.setValue(row.from.input, one.words[0]);
      review.setValue(row.to.input, one.words[1]);
      review.setValue(row.width, one.width);
      review.setValue(row.strength, one.strength);
      row.from.show();
      row.to.show();
    }
  }

  review.Hues = Hues;
})(window.tcvcReview);
