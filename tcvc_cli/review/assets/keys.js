// The keyboard: one list of keys, which are inert while somebody types.
(function (review) {
  "use strict";

  const TYPED = new Set(["text", "number", "search", "color", "file"]);
  const ARROWS = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"]);
  const { history, controls } = review;

  function isTyping(target) {
    return (
      target instanceof HTMLTextAreaElement || (target instanceof HTMLInputElement && TYPED.has(target.type))
    );
  }

  // Arrow keys of what has them itself: sliders, radio buttons.
  const hasArrows = (target) =>
    target instanceof HTMLInputElement || target.closest?.("[role=slider], [role=application]");

  const viewed = () => review.opened.view;
  // The shot that a key is about: the open one, or the one that is marked in the strip.
  const about = () => (viewed() ? viewed().index : (review.strip.current?.index ?? null));

  const DO = {
    undo: history.undo,
    redo: history.redo,
    save: () => review.save(),
    help: () => review.dialogs.help(),
    film: () => review.openFilm(),
    again: () => review.openAgain(),
  };

  document.addEventListener("click", (event) => {
    const name = event.target.closest?.("[data-do]")?.dataset.do;
    if (name) DO[name]();
  });

  function next(step) {
    if (viewed()) review.opened.go(step);
    else review.strip.go(step);
  }

  function toggle(key) {
    if (about() !== null) controls.toggle(about(), key);
  }

  function before(isShown) {
    if (viewed()) viewed().stage.classList.toggle("is-before", isShown);
    else review.strip.showBefore(review.strip.current, isShown);
  }

  function clip() {
    const view = viewed();
    if (view?.clip && view.still) view.choose(view.kind === "clip" ? "still" : "clip");
  }

  function play(event) {
    if (!viewed()?.clip || event.target.closest("button, summary, label, input")) return false;
    viewed().choose("clip");
    viewed().clip.toggle();
    return true;
  }

  const LETTERS = {
    j: () => next(1),
    k: () => next(-1),
    b: () => before(true),
    c: clip,
    p: () => viewed()?.togglePoints(),
    l: () => toggle("locked"),
    g: () => toggle("keep"),
    w: () => review.setOrder(review.state.order === "time" ? "worst" : "time"),
    s: () => review.save(),
    "?": () => review.dialogs.help(),
  };

  function palette(key) {
    const number = Number(key);
    if (review.state.film.palettes.includes(number) && about() !== null) controls.choosePalette(about(), number);
  }

  function arrow(event) {
    if (hasArrows(event.target)) return false;
    const isAcross = event.key === "ArrowLeft" || event.key === "ArrowRight";
    const sign = event.key === "ArrowRight" || event.key === "ArrowDown" ? 1 : -1;
    if (viewed()) return isAcross ? (next(sign), true) : false;
    next(isAcross ? sign : sign * review.strip.columns());
    return true;
  }

  // Whether the key did something.
  function pressed(event) {
    const isOver = review.dialogs.top() && review.dialogs.top().id !== "shot";
    if (event.key === "?" && review.dialogs.top()?.id !== "help") return (LETTERS["?"](), true);
    if (isOver) return false;
    if (ARROWS.has(event.key)) return arrow(event);
    if (event.key === " ") return play(event);
    if (/^[0-4]$/.test(event.key)) return (palette(event.key), true);
    if (!(event.key.toLowerCase() in LETTERS)) return false;
    if (event.repeat && event.key === "b") return true;
    LETTERS[event.key.toLowerCase()]();
    return true;
  }

  function withControl(event) {
    const key = event.key.toLowerCase();
    if (key === "s") review.save();
    else if (isTyping(event.target) && event.target.type === "text") return;
    else if (key === "z") (event.shiftKey ? history.redo : history.undo)();
    else if (key === "y") history.redo();
    else return;
    event.preventDefault();
  }

  document.addEventListener("keydown", (event) => {
    if (!review.state.film || event.defaultPrevented || event.altKey) return;
    if (event.ctrlKey || event.metaKey) return withControl(event);
    if (!isTyping(event.target) && pressed(event)) event.preventDefault();
  });
  document.addEventListener(
    "keyup",
    (event) => event.key.toLowerCase() === "b" && review.state.film && before(false),
  );
  window.addEventListener("blur", () => review.state.film && before(false));
})(window.tcvcReview);
