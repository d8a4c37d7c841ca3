// One shot, opened: its picture before and after, its clip, and what can be decided about it.
(function (review) {
  "use strict";

  const { el, controls } = review;
  const PALETTE_PX = 192;
  const shot = (review.opened = { view: null });
  const waiting = new Map();

  // What is in data/shots, fetched by a script tag when the shot is first opened.
  review.loadShot = function (number) {
    const cache = review.state.data;
    if (!cache.has(number)) cache.set(number, new Promise((done, failed) => fetchShot(number, done, failed)));
    return cache.get(number);
  };

  function fetchShot(number, done, failed) {
    const width = Math.max(4, String(review.state.shots.length).length);
    const version = review.state.version ? `?v=${review.state.version}` : "";
    const src = `data/shots/${String(number).padStart(width, "0")}.js${version}`;
    const script = el("script", { src });
    waiting.set(number, done);
    script.addEventListener("error", () =>
      failed(new Error(`The pictures of shot ${number} cannot be read.`)),
    );
    script.addEventListener("load", () => script.remove());
    document.head.append(script);
  }

  review.heardShot = function (number, data) {
    waiting.get(number)?.(data);
    waiting.delete(number);
  };

  const dialog = () => document.getElementById("shot");

  shot.open = function (index) {
    if (!dialog().open) frame();
    show(index);
    review.dialogs.open(dialog());
    document.getElementById("shot-title").focus({ preventScroll: true });
  };

  // What stays while one goes from shot to shot.
  function frame() {
    const step = (by, words, name) => {
      const button = el("button", { type: "button", class: "icon", "aria-label": name, title: name }, words);
      button.addEventListener("click", () => shot.go(by));
      return button;
    };
    const tool = (name, words, title) =>
      el("button", { type: "button", class: "icon", "data-do": name, "aria-label": title, title }, words);
    const head = review.dialogs.head(
      "shot-title",
      [],
      step(-1, "‹", "Previous shot"),
      step(1, "›", "Next shot"),
      el("span", { class: "gap" }),
      tool("undo", "↶", "Undo"),
      tool("redo", "↷", "Redo"),
      tool("help", "?", "Keys"),
    );
    dialog().replaceChildren(head, el("div", { class: "shot-body" }));
  }

  shot.go = function (step) {
    const next = review.strip.beside(step, shot.view.index);
    if (!next || next.index === shot.view.index)
      return review.say(step > 0 ? "This is the last shot." : "This is the first shot.");
    const inside = dialog().querySelector(".shot-body").contains(document.activeElement);
    show(next.index);
    if (inside) document.getElementById("shot-title").focus({ preventScroll: true });
  };

  function title(one) {
    const time = one.starts.replace(/\.\d+$/, "");
    const words = [
      el("strong", {}, `Shot ${one.number}`),
      el("span", { class: "quiet" }, `${time} · ${review.secondsText(one.seconds)}`),
    ];
    document.getElementById("shot-title").replaceChildren(...words);
  }

  async function show(index) {
    shot.view?.clip?.hide();
    const one = review.state.shots[index];
    const view = new View(index, one);
    shot.view = view;
    title(one);
    review.strip.mark(review.strip.cards[index]);
    dialog().querySelector(".shot-body").replaceChildren(view.element, view.panel);
    dialog().scrollTop = 0;
    view.update();
    try {
      await view.load(await review.loadShot(one.number));
    } catch (error) {
      view.fail(error.message);
    }
  }

  class View {
    constructor(index, one) {
      Object.assign(this, { index, one, kind: "still", still: null, clip: null, live: null });
      this.canvases = { before: el("canvas", { class: "before" }), after: el("canvas", { class: "after" }) };
      this.points = null;
      this.buildStage();
      this.buildParts();
    }

    buildStage() {
      const { width, height } = this.one.thumb;
      const { before, after } = this.canvases;
      const tags = [
        el("span", { class: "tag is-left" }, "before"),
        el("span", { class: "tag is-right" }, "after"),
      ];
      this.stage = el(
        "div",
        { class: "stage is-empty" },
        after,
        before,
        ...tags.map((tag) => ((tag.ariaHidden = "true"), tag)),
      );
      this.slider = review.slider(this.stage);
      this.points = new review.Points(this);
      this.stage.append(this.points.layer, this.slider.handle);
      controls.dropOn(this.stage, this.index);
      this.note = el("p", { class: "stage-note quiet" });
      this.tools = el("div", { class: "stage-tools" }, this.kinds(), this.pointing());
      this.scrub = el("div", { class: "scrub", hidden: true });
      const palettes = controls.palettes(this.index, (canvas, palette) => this.drawPalette(canvas, palette));
      this.palettes = palettes;
      this.element = el(
        "section",
        { class: "view", "aria-label": "Picture" },
        el("div", { class: "stage-frame" }, this.stage, this.scrub, this.tools),
        this.note,
        palettes.element,
      );
      this.element.style.setProperty("--ratio", width / height);
    }

    kinds() {
      const radio = (kind, words) => {
        const input = el("input", { type: "radio", name: "kind", value: kind, checked: kind === this.kind });
        input.addEventListener("change", () => this.choose(kind));
        return el("label", {}, input, el("span", {}, words));
      };
      this.choice = el(
        "fieldset",
        { class: "choice", hidden: true },
        el("legend", { class: "unseen" }, "What is shown"),
        radio("still", "Still"),
        radio("clip", "Clip"),
      );
      return this.choice;
    }

    pointing() {
      this.pointButton = el("button", { type: "button", "aria-pressed": "false" }, "Set points");
      this.pointButton.addEventListener("click", () => this.togglePoints());
      return this.pointButton;
    }

    togglePoints() {
      const isOn = this.pointButton.getAttribute("aria-pressed") !== "true";
      if (this.one.in_colour && isOn) return review.say("The film has this shot in colour already.");
      this.pointButton.setAttribute("aria-pressed", String(isOn));
      this.panel.classList.toggle("is-pointing", isOn);
      this.points.point(isOn);
      if (isOn) this.points.layer.focus({ preventScroll: true });
    }

    buildParts() {
      const live = (change) => this.turn(change);
      this.hues = new review.Hues(this.index);
      this.parts = [
        controls.dials(this.index, live),
        this.hues,
        controls.sameAs(this.index),
        controls.references(this.index),
        controls.switches(this.index),
      ];
      this.panel = el(
        "section",
        { class: "panel", "aria-label": "Decisions" },
        this.why(),
        this.points.element,
        ...this.parts.map((one) => one.element),
      );
    }

    why() {
      const { report } = this.one;
      const reasons = (report?.reasons || []).map((word) =>
        el("li", { class: "reason" }, review.foreign(word)),
      );
      const words = this.one.in_colour ? "The film has this shot in colour; it stays as it is." : "";
      if (!words && !report) return null;
      return el(
        "section",
        { class: "part why" },
        words ? el("p", {}, words) : null,
        reasons.length ? el("ul", { class: "reasons" }, ...reasons) : null,
        report && figures(report),
      );
    }

    async load(data) {
      if (data.still?.colors) this.still = await review.preview.still(data.still, this.one.look);
      if (shot.view !== this) return;
      if (data.clip) {
        this.clip = new review.Clip(data.clip, this.canvases, () => this.points.update());
        this.scrub.append(this.clip.element);
      }
      this.hasAfter = Boolean(this.still?.data.colors.length || this.one.thumb.after);
      this.stage.classList.toggle("is-single", !this.hasAfter);
      this.slider.handle.hidden = !this.hasAfter;
      this.choice.hidden = !(this.still && this.clip);
      this.stage.classList.remove("is-empty");
      if (this.still) review.preview.grey(this.still, this.canvases.before);
      this.choose(this.still ? "still" : this.clip ? "clip" : "none");
      this.update();
    }

    fail(words) {
      review.text(this.note, words);
      review.say(words, "error");
    }

    frame() {
      if (this.kind === "clip" && this.clip) return this.clip.frame;
      return this.still?.data.frame ?? this.one.start;
    }

    seek(frame) {
      if (this.still?.data.frame === frame) return this.choose("still");
      if (!this.clip) return;
      this.choose("clip");
      this.clip.seekFrame(frame);
    }

    choose(kind) {
      this.kind = kind;
      for (const input of this.choice.querySelectorAll("input")) input.checked = input.value === kind;
      this.scrub.hidden = kind !== "clip";
      this.points.swatches = null;
      if (kind === "clip") this.clip.show();
      else {
        this.clip?.hide();
        if (this.still) review.preview.grey(this.still, this.canvases.before);
      }
      if (kind === "none") review.text(this.note, "There is no picture of this shot.");
      else this.draw();
      this.points.update();
    }

    // While a dial is turned the picture follows, and the settings wait until it rests.
    turn(change) {
      this.live = change;
      this.draw();
    }

    wanted() {
      return { ...controls.holds(this.index), ...this.live };
    }

    async draw() {
      if (this.kind === "clip") return this.remark(true);
      if (!this.still) return;
      if (this.isDrawing) return void (this.isStale = true);
      this.isDrawing = true;
      const { index } = this;
      const isClose = await review.preview.draw(this.still, this.wanted(), this.canvases.after);
      this.isDrawing = false;
      if (this.kind === "clip") this.clip.draw();
      this.remark(isClose);
      if (this.isStale) {
        this.isStale = false;
        this.draw();
      }
      review.emit("drawn", index);
    }

    remark(isClose) {
      const pending = review.isPending(this.index);
      const clip = pending
        ? "The clip shows the colours as they were made; the still shows what is decided now."
        : "";
      const still = this.stillWords(isClose);
      review.text(this.note, this.kind === "clip" ? clip : still);
    }

    stillWords(isClose) {
      const { keep, locked, from } = this.wanted();
      if (locked) return "Locked: the picture shows what the coloured film has, whatever else is decided.";
      if (keep) return "Stays grey, whatever else is decided.";
      if (!review.samePoints(this.index))
        return "Points and references show when the shot is coloured again.";
      if (from.same_as !== "default") return "The look of another shot, but for what is decided here.";
      return isClose ? "" : "What is decided cannot be shown exactly here; colour again to see it.";
    }

    drawPalette(canvas, palette) {
      if (!this.still) return;
      const wanted = { ...this.wanted(), palette, keep: false, locked: false };
      const key = JSON.stringify([wanted.vivid, wanted.saturation, wanted.warmth, wanted.hue_maps, palette]);
      if (canvas.key === key) return;
      canvas.key = key;
      review.preview.draw(this.still, wanted, canvas, Math.min(PALETTE_PX, this.still.data.width));
    }

    update() {
      this.parts.forEach((one) => one.update());
      this.palettes.update();
      this.points.update();
      this.draw();
    }
  }

  const FIGURES = [
    ["expected_error", "Expected error", 1],
    ["chroma", "Amount of colour", 1],
    ["flicker", "Flicker", 3],
    ["drift", "Drift", 2],
    ["doubt", "Doubt", 1],
    ["disagreement", "Disagreement", 1],
    ["coverage", "Coverage", 2],
    ["apart", "Apart", 1],
  ];

  function figures(report) {
    const known = FIGURES.filter(([key]) => typeof report[key] === "number");
    if (!known.length) return null;
    const rows = known
      .map(([key, name, digits]) => [el("dt", {}, name), el("dd", {}, report[key].toFixed(digits))])
      .flat();
    return el(
      "details",
      {},
      el("summary", {}, `Place ${report.place} of ${review.state.shots.length}, the worst first`),
      el("dl", { class: "figures" }, ...rows),
    );
  }

  shot.update = function () {
    if (shot.view && dialog().open) shot.view.update();
  };

  shot.closed = function () {
    shot.view?.clip?.hide();
    const card = shot.view && review.strip.cards[shot.view.index];
    shot.view = null;
    card?.button.focus();
  };

  // The decisions for every shot that does not say otherwise.
  review.openFilm = function () {
    const parts = [
      controls.palettes(-1, null),
      controls.dials(-1, () => {}),
      new review.Hues(-1),
      controls.references(-1),
      controls.switches(-1),
    ];
    const film = document.getElementById("film");
    const words = el("p", { class: "quiet" }, "For every shot that does not say otherwise.");
    film.replaceChildren(
      review.dialogs.head("film-title", ["Whole film"]),
      el("div", { class: "sheet-body" }, words, ...parts.map((one) => one.element)),
    );
    review.filmParts = parts;
    parts.forEach((one) => one.update());
    review.dialogs.open(film);
  };
})(window.tcvcReview);
