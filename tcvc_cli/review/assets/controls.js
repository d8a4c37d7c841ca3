// What can be decided of a shot, or of the film: palette, dials, switches, another shot's look, references.
(function (review) {
  "use strict";

  const { el } = review;
  const controls = (review.controls = {});

  const DIALS = [
    { key: "saturation", name: "Saturation", min: 0, max: 2, most: 4, step: 0.05, usual: 1 },
    { key: "warmth", name: "Warmth", min: -1, max: 1, most: 1, step: 0.05, usual: 0 },
    { key: "vivid", name: "Vivid", min: 0, max: 1, most: 1, step: 0.05, usual: null },
  ];
  const FROM = { shot: "", film: "from the film", same: "from the other shot", default: "" };
  const ownLayer = (index) => (index < 0 ? "film" : "shot");

  controls.holds = (index) => review.history.reading.holds(index);

  controls.part = function (name, ...children) {
    return el("section", { class: "part" }, name && el("h3", {}, name), ...children);
  };

  function usualOf(dial) {
    return dial.usual === null ? (review.state.film.defaults.vivid ?? 0) : dial.usual;
  }

  // `live` hears {key: value} while a dial is turned, and null when it rests. Returns {element, update}.
  controls.dials = function (index, live) {
    const rows = DIALS.map((dial) => dialRow(index, dial, live));
    return {
      element: controls.part("Colours", ...rows.map((one) => one.element)),
      update: () => rows.forEach((one) => one.update()),
    };
  };

  function dialRow(index, dial, live) {
    const id = `${index < 0 ? "film" : "shot"}-${dial.key}`;
    const { min, max, step } = dial;
    const range = el("input", { type: "range", id, min, max, step });
    const number = el("input", {
      type: "number",
      min,
      max: dial.most,
      step,
      "aria-label": `${dial.name} as a number`,
    });
    const reset = el(
      "button",
      { type: "button", class: "link", "aria-label": `Reset ${dial.name.toLowerCase()}` },
      "reset",
    );
    const from = el("span", { class: "from" });
    const label = dial.name.toLowerCase();
    const decide = (value) => {
      live(null);
      if (!(value >= dial.min && value <= dial.most)) {
        review.say(`${dial.name} goes from ${dial.min} to ${dial.most}.`, "error");
        return update(true);
      }
      review.decide(index, [{ key: dial.key, value }], label, `${index} ${dial.key}`);
    };
    range.addEventListener("input", () => {
      number.value = range.value;
      live({ [dial.key]: Number(range.value) });
    });
    range.addEventListener("change", () => decide(Number(range.value)));
    number.addEventListener("change", () => decide(number.value === "" ? NaN : Number(number.value)));
    reset.addEventListener("click", () => {
      review.decide(index, [{ key: dial.key }], `${label} reset`);
      range.focus();
    });
    function update(isForced) {
      const holds = controls.holds(index);
      const value = holds[dial.key] ?? usualOf(dial);
      range.value = value;
      if (isForced || number !== document.activeElement) number.value = value;
      const layer = holds.from[dial.key];
      reset.hidden = layer !== ownLayer(index);
      review.text(from, layer === ownLayer(index) ? "" : FROM[layer]);
    }
    const head = el("div", { class: "dial-head" }, el("label", { for: id }, dial.name), from, reset, number);
    return { element: el("div", { class: "dial" }, head, range), update };
  }

  // Radio buttons, each with a canvas where `draw` paints: draw(canvas, palette). Returns {element, update}.
  controls.palettes = function (index, draw) {
    const { palettes } = review.state.film;
    const name = `${index < 0 ? "film" : "shot"}-palette`;
    const options = palettes.map((palette) => {
      const input = el("input", { type: "radio", name, value: palette, class: "unseen" });
      input.addEventListener("change", () => controls.choosePalette(index, palette));
      const canvas = draw && el("canvas", { width: 16, height: 9, "aria-hidden": "true" });
      const words = palette === 0 ? "Own choice" : `Palette ${palette}`;
      const key = el("kbd", { "aria-hidden": "true" }, String(palette));
      return {
        palette,
        input,
        canvas,
        element: el("label", { class: "palette" }, input, canvas, el("span", {}, words, key)),
      };
    });
    const reset = el("button", { type: "button", class: "link", "aria-label": "Reset palette" }, "reset");
    reset.addEventListener("click", () => review.decide(index, [{ key: "palette" }], "palette reset"));
    const title = el("h3", { id: `${name}-name` }, "Palette");
    const element = el(
      "div",
      { class: `palettes ${draw ? "" : "is-plain"}`, role: "radiogroup", "aria-labelledby": title.id },
      el("div", { class: "part-head" }, title, reset),
      el("div", { class: "palette-row" }, ...options.map((one) => one.element)),
    );
    element.hidden = palettes.length === 0;
    const update = () => {
      const holds = controls.holds(index);
      for (const one of options) {
        one.input.checked = one.palette === holds.palette;
        if (draw) draw(one.canvas, one.palette);
      }
      reset.hidden = holds.from.palette !== ownLayer(index);
    };
    return { element, update };
  };

  controls.choosePalette = function (index, palette) {
    const holds = controls.holds(index);
    if (holds.palette === palette) return;
    review.decide(
      index,
      [{ key: "palette", value: palette }],
      palette ? `palette ${palette}` : "its own choice",
    );
  };

  const SWITCHES = {
    locked: ["Lock", "Keep what the coloured film shows; never compute it again.", "lock"],
    keep: ["Keep grey", "Leave the shot as it is in the film.", "keep grey"],
  };

  // What holds without an own word is not written.
  controls.toggle = function (index, key) {
    const holds = controls.holds(index);
    const value = !holds[key];
    const film = index < 0 ? undefined : review.history.reading.film[key];
    const isUsual = value === (film ?? false);
    const step = isUsual ? { key } : { key, value };
    review.decide(index, [step], SWITCHES[key][2]);
    review.say(
      `${SWITCHES[key][0]}: ${controls.holds(index)[key] ? "on" : "off"}.`,
      review.opened.view ? "quiet" : "",
    );
  };

  controls.switches = function (index) {
    const rows = Object.entries(SWITCHES).map(([key, [name, words]]) => {
      const input = el("input", { type: "checkbox", role: "switch" });
      input.addEventListener("change", () => controls.toggle(index, key));
      const element = el("label", { class: "switch" }, input, el("span", {}, name, el("small", {}, words)));
      return { element, update: () => (input.checked = controls.holds(index)[key]) };
    });
    return {
      element: controls.part("", ...rows.map((one) => one.element)),
      update: () => rows.forEach((one) => one.update()),
    };
  };

  // Why a shot cannot look like another; "" where it can.
  function hindrance(index, other) {
    const { reading } = review.history;
    if (!(other >= 0 && other < review.state.shots.length))
      return `The film has shots 1 to ${review.state.shots.length}.`;
    if (other === index) return "A shot is not like itself.";
    if (reading.target(other) >= 0) {
      return `Shot ${other + 1} is itself like shot ${reading.target(other) + 1}; name that one.`;
    }
    const like = review.state.shots.findIndex((_, at) => reading.target(at) === index);
    return like >= 0 ? `Shot ${like + 1} is like this one; change that first.` : "";
  }

  controls.sameAs = function (index) {
    const input = el("input", {
      type: "number",
      min: 1,
      max: review.state.shots.length,
      step: 1,
      id: "same-as",
    });
    const picture = el("img", { alt: "", class: "same-picture", hidden: true });
    const words = el("p", { class: "fault", role: "alert" });
    const reset = el("button", { type: "button", class: "link" }, "reset");
    const look = () => {
      const shot = review.state.shots[Number(input.value) - 1];
      picture.hidden = !shot;
      if (shot) picture.src = shot.thumb.after || shot.thumb.before;
    };
    input.addEventListener("input", look);
    input.addEventListener("change", () => {
      if (input.value === "") return review.decide(index, [{ key: "same_as" }], "an own look");
      const other = Number(input.value) - 1;
      const why = Number.isInteger(other) ? hindrance(index, other) : "A whole number was expected.";
      review.text(words, why);
      input.setAttribute("aria-invalid", why ? "true" : "false");
      if (!why)
        review.decide(
          index,
          [{ key: "same_as", value: review.state.shots[other].starts }],
          `same as shot ${other + 1}`,
        );
    });
    reset.addEventListener("click", () => {
      review.decide(index, [{ key: "same_as" }], "an own look");
      input.focus();
    });
    const update = () => {
      const { same_as } = controls.holds(index);
      if (input !== document.activeElement) input.value = same_as ?? "";
      reset.hidden = same_as === null;
      look();
    };
    const line = el(
      "div",
      { class: "same-line" },
      el("label", { for: "same-as" }, "Same as shot"),
      input,
      picture,
      reset,
    );
    return { element: controls.part("", line, words), update };
  };

  // Pictures in colour that say how things look; `review.references.take(index, file)` says where they go.
  controls.references = function (index) {
    const list = el("ul", { class: "files" });
    const input = el("input", { type: "file", accept: "image/*", multiple: true, class: "unseen" });
    input.addEventListener("change", () => {
      [...input.files].forEach((file) => review.references.take(index, file));
      input.value = "";
    });
    const zone = el("label", { class: "drop" }, input, "Drop a picture in colour here, or choose one");
    controls.dropOn(zone, index);
    const make = (at) => {
      const remove = el("button", { type: "button", class: "icon small" }, "✕");
      remove.addEventListener("click", () => dropReference(index, at));
      return el("li", {}, el("bdi", { dir: "auto" }), remove);
    };
    const show = (row, file) => {
      review.text(row.firstElementChild, file);
      row.lastElementChild.setAttribute("aria-label", `Remove ${file}`);
    };
    const from = el("p", { class: "quiet" });
    const update = () => {
      const holds = controls.holds(index);
      const isOwn = holds.from.references === ownLayer(index);
      review.rows(list, isOwn ? holds.references : [], make, show);
      const count = isOwn ? 0 : holds.references.length;
      review.text(from, count ? `${count} from the film. A shot's own stand instead of these.` : "");
    };
    return { element: controls.part("References", from, list, zone), update };
  };

  function dropReference(index, at) {
    const isLast = controls.holds(index).references.length === 1;
    review.decide(index, [isLast ? { key: "references" } : { key: "references", at }], "a reference less");
  }

  controls.dropOn = function (zone, index) {
    const over = (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      zone.classList.toggle("is-over", event.type !== "dragleave");
    };
    ["dragenter", "dragover", "dragleave"].forEach((name) => zone.addEventListener(name, over));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      event.stopPropagation();
      zone.classList.remove("is-over");
      [...event.dataTransfer.files].forEach((file) => review.references.take(index, file));
    });
  };
})(window.tcvcReview);
