// All shots as small pictures, in order of time or worst first.
(function (review) {
  "use strict";

  const { el } = review;
  const strip = (review.strip = { cards: [] });
  const HOLD_MS = 350;

  strip.build = function () {
    const list = document.getElementById("strip");
    strip.cards = review.state.shots.map(card);
    strip.current = strip.cards[0] || null;
    list.replaceChildren(...strip.cards.map((one) => one.item));
    strip.update();
    strip.arrange();
  };

  function picture(src, thumb, kind) {
    const { width, height } = thumb;
    return el("img", { class: kind, alt: "", width, height, loading: "lazy", decoding: "async", src });
  }

  function card(shot, index) {
    const { thumb } = shot;
    const shown = picture((thumb.after || thumb.before) + version(), thumb, "shown");
    const frame = el("span", { class: "thumb" }, shown);
    const badges = el("span", { class: "badges" });
    const button = el(
      "button",
      { type: "button", class: "card", tabindex: index ? "-1" : "0" },
      frame,
      el(
        "span",
        { class: "card-words" },
        el("span", { class: "card-number" }, String(shot.number)),
        el("span", { class: "card-time" }, shot.starts.replace(/\.\d+$/, "")),
        badges,
      ),
      reasons(shot),
    );
    const one = { shot, index, button, badges, frame, item: el("li", {}, button) };
    if (thumb.after) beforeOnHover(one);
    button.addEventListener("click", () => !one.wasHeld && review.opened.open(index));
    button.addEventListener("focus", () => strip.mark(one));
    return one;
  }

  function reasons(shot) {
    const words = shot.report?.reasons || [];
    return el(
      "span",
      { class: "reasons" },
      ...words.map((word) => el("span", { class: "reason" }, review.foreign(word))),
    );
  }

  // The grey picture is fetched when somebody first asks for it.
  strip.showBefore = function (one, isShown) {
    if (!one?.shot.thumb.after) return;
    if (isShown && !one.before) {
      one.before = picture(one.shot.thumb.before + version(), one.shot.thumb, "before");
      one.frame.append(one.before);
    }
    one.frame.classList.toggle("is-before", isShown);
  };

  const version = () => (review.state.version ? `?v=${review.state.version}` : "");

  function beforeOnHover(one) {
    let timer;
    const { button } = one;
    const end = () => {
      clearTimeout(timer);
      strip.showBefore(one, false);
    };
    button.addEventListener(
      "pointerenter",
      (event) => event.pointerType === "mouse" && strip.showBefore(one, true),
    );
    button.addEventListener("pointerdown", (event) => {
      one.wasHeld = false;
      if (event.pointerType === "mouse") return;
      timer = setTimeout(() => {
        one.wasHeld = true;
        strip.showBefore(one, true);
      }, HOLD_MS);
    });
    ["pointerleave", "pointerup", "pointercancel"].forEach((name) => button.addEventListener(name, end));
    button.addEventListener("contextmenu", (event) => one.wasHeld && event.preventDefault());
  }

  strip.mark = function (one) {
    if (strip.current) strip.current.button.tabIndex = -1;
    strip.current = one;
    one.button.tabIndex = 0;
  };

  // Which shots a filter shows, and what is said where there are none.
  const FILTERS = {
    all: [() => true, "The film has no shots."],
    noted: [(one) => one.shot.report?.reasons.length > 0, "Nothing was noted about any shot."],
    decided: [
      (one) => review.history.reading.isDecided(one.index),
      "Nothing is decided yet. Open a shot and choose.",
    ],
  };

  // What is to be seen now, in its order.
  strip.visible = function () {
    const { order, filter } = review.state;
    const shown = strip.cards.filter(FILTERS[filter][0]);
    if (order === "time") return shown;
    const place = (one) => one.shot.report?.place ?? Infinity;
    return [...shown].sort((one, other) => place(one) - place(other) || one.index - other.index);
  };

  strip.arrange = function () {
    const list = document.getElementById("strip");
    const visible = strip.visible();
    const focused = document.activeElement;
    const isThere = [...list.children];
    if (visible.length !== isThere.length || visible.some((one, at) => one.item !== isThere[at])) {
      list.replaceChildren(...visible.map((one) => one.item));
    }
    if (!visible.includes(strip.current) && visible.length) strip.mark(visible[0]);
    if (focused?.isConnected) focused.focus();
    const nothing = document.getElementById("nothing");
    nothing.hidden = visible.length > 0;
    review.text(nothing, FILTERS[strip.cards.length ? review.state.filter : "all"][1]);
  };

  // The card that comes `step` places after the current one.
  strip.beside = function (step, index = strip.current?.index) {
    const visible = strip.visible();
    const at = visible.findIndex((one) => one.index === index);
    return visible[Math.max(0, Math.min(visible.length - 1, at + step))] || null;
  };

  strip.go = function (step) {
    const isThere = strip.current?.button === document.activeElement;
    const next = strip.beside(isThere ? step : 0);
    if (next) next.button.focus();
  };

  // How many cards stand side by side.
  strip.columns = function () {
    const items = [...document.getElementById("strip").children];
    const second = items.findIndex((one) => one.offsetTop > items[0].offsetTop);
    return second < 0 ? items.length : second;
  };

  function badgesOf(one) {
    const holds = review.history.reading.holds(one.index);
    return [
      review.state.fresh?.has(one.shot.number) && ["new", "Was coloured again just now"],
      one.shot.in_colour && ["in colour", "The film has this shot in colour"],
      review.history.reading.isDecided(one.index) && ["decided", "Something is decided about this shot"],
      holds.locked && ["locked", "Stays as it was coloured"],
      holds.keep && ["kept", "Is left as it is"],
      review.isPending(one.index) && ["to colour", "What is decided is not in the coloured film yet"],
    ].filter(Boolean);
  }

  strip.update = function () {
    for (const one of strip.cards) {
      const badges = badgesOf(one);
      const words = badges.map(([word]) => word).join(", ");
      if (one.words === words) continue;
      one.words = words;
      one.badges.replaceChildren(
        ...badges.map(([word, title]) =>
          el("span", { class: `badge is-${word.replace(" ", "-")}`, title }, word),
        ),
      );
    }
    const decided = strip.cards.filter((one) => review.history.reading.isDecided(one.index)).length;
    const pending = strip.cards.filter((one) => review.isPending(one.index)).length;
    const counts = [`${strip.cards.length} shots`, `${decided} decided`];
    if (pending) counts.push(`${pending} to colour again`);
    review.text(document.getElementById("counts"), counts.join(" · "));
  };

  const isNear = (one, other) => one === other || Math.abs(one - other) < 1e-3;

  function sameMaps(one, other) {
    const keys = ["from", "to", "width", "strength"];
    return (
      one.length === other.length &&
      one.every((map, at) => keys.every((key) => isNear(map[key], other[at][key])))
    );
  }

  // Whether what is decided now is something else than what the result was made with.
  review.isPending = function (index) {
    const shot = review.state.shots[index];
    const [look, now] = [shot.look, review.history.reading.holds(index)];
    if (!review.state.film.film.result || shot.in_colour || (now.locked && look.locked)) return false;
    if (now.keep !== look.keep) return true;
    if (now.keep) return false;
    return !(
      now.palette === look.palette &&
      ["vivid", "saturation", "warmth"].every((key) => isNear(now[key], look[key])) &&
      sameMaps(now.hue_maps, look.hue_maps) &&
      review.samePoints(index)
    );
  };

  const LISTS = ["points", "strokes", "references"];

  // These are only counted in what is known of the result; what the file said at first tells more.
  review.samePoints = function (index) {
    const [now, then] = [review.history.reading, review.state.first].map((one) => one.holds(index));
    const { look } = review.state.shots[index];
    const isSame = (key) => JSON.stringify(now[key]) === JSON.stringify(then[key]);
    return LISTS.every((key) => isSame(key) && then[key].length === (look[key] ?? then[key].length));
  };
})(window.tcvcReview);
