// Begins when the film's data has come, and again when it has changed.
(function (review) {
  "use strict";

  const { el, history, strip } = review;

  // Called by data/film.js.
  review.film = function (data) {
    const isFirst = !review.state.film;
    Object.assign(review.state, { film: data, shots: data.shots, data: new Map() });
    if (isFirst) first(data);
    else again();
  };

  // Called by data/shots/NNNN.js.
  review.shot = (number, data) => review.heardShot(number, data);

  function first(data) {
    named(data);
    document.querySelector("[data-do=save]").textContent = review.served ? "Save" : "Download";
    history.start(data.settings.text);
    review.state.first = history.reading;
    if (!data.shots.some((one) => one.report)) document.getElementById("order").hidden = true;
    strip.build();
    review.on("settings", update);
    review.on("closed", (id) => id === "shot" && review.opened.closed());
    update();
    if (review.served) review.serve.start();
  }

  function named(data) {
    const { title, file } = data.film;
    document.getElementById("title").replaceChildren(review.foreign(title || file));
    document.getElementById("title").title = file;
  }

  // Pictures that were made again have their old names: a version in the address fetches them.
  function again() {
    review.state.first = review.settings.read(history.saved);
    strip.build();
    update();
    const { view } = review.opened;
    if (view) review.opened.open(Math.min(view.index, review.state.shots.length - 1));
  }

  // Fetches the data again after the shots of these numbers were coloured.
  review.reload = function (numbers) {
    review.state.version = (review.state.version || 0) + 1;
    review.state.fresh = new Set(numbers);
    const script = el("script", { src: `data/film.js?v=${review.state.version}` });
    script.addEventListener("load", () => script.remove());
    document.head.append(script);
  };

  function update() {
    strip.update();
    if (review.state.filter === "decided") strip.arrange();
    review.opened.update();
    if (document.getElementById("film").open) review.filmParts.forEach((one) => one.update());
    const save = document.querySelector("[data-do=save]");
    save.classList.toggle("is-waiting", !history.isSaved());
    save.title = history.isSaved() ? "Nothing to save (s)" : "There are decisions that are not saved (s)";
    for (const [name, steps] of [
      ["undo", history.past],
      ["redo", history.future],
    ]) {
      document
        .querySelectorAll(`[data-do=${name}]`)
        .forEach((one) => (one.ariaDisabled = String(!steps.length)));
    }
  }

  review.setOrder = function (order) {
    review.state.order = order;
    document.querySelector(`[name=order][value=${order}]`).checked = true;
    strip.arrange();
    review.say(order === "worst" ? "The worst first." : "In order of time.");
  };

  document
    .querySelectorAll("[name=order]")
    .forEach((input) => input.addEventListener("change", () => review.setOrder(input.value)));
  document.querySelectorAll("[name=filter]").forEach((input) =>
    input.addEventListener("change", () => {
      review.state.filter = input.value;
      strip.arrange();
    }),
  );
})(window.tcvcReview);
