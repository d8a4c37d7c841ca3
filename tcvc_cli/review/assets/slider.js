// Before and after on one picture: what is left of the line is before.
(function (review) {
  "use strict";

  const { el } = review;

  // `stage`: the element that shows both; its --at says where the line is. Returns {handle, set, value}.
  review.slider = function (stage) {
    const slider = { value: 50 };
    const handle = el("div", {
      class: "handle",
      role: "slider",
      tabindex: "0",
      "aria-label": "Before and after",
      "aria-orientation": "horizontal",
      "aria-valuemin": "0",
      "aria-valuemax": "100",
    });
    slider.handle = handle;

    slider.set = function (value) {
      slider.value = Math.max(0, Math.min(100, value));
      const shown = Math.round(slider.value);
      stage.style.setProperty("--at", `${slider.value}%`);
      handle.setAttribute("aria-valuenow", shown);
      handle.setAttribute("aria-valuetext", `${shown} % before, ${100 - shown} % after`);
    };

    const follow = (event) => {
      const box = stage.getBoundingClientRect();
      slider.set(((event.clientX - box.left) / box.width) * 100);
    };

    stage.addEventListener("pointerdown", (event) => {
      const isOwn = event.target === handle || !stage.classList.contains("is-pointing");
      if (event.button !== 0 || !isOwn || event.target.closest(".spot")) return;
      event.preventDefault();
      handle.focus({ preventScroll: true });
      stage.setPointerCapture(event.pointerId);
      slider.isDragged = true;
      follow(event);
    });
    stage.addEventListener("pointermove", (event) => slider.isDragged && follow(event));
    ["pointerup", "pointercancel", "lostpointercapture"].forEach((name) =>
      stage.addEventListener(name, () => (slider.isDragged = false)),
    );

    const STEPS = { ArrowLeft: -2, ArrowDown: -2, ArrowRight: 2, ArrowUp: 2, PageDown: -10, PageUp: 10 };
    handle.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key in STEPS) slider.set(slider.value + STEPS[event.key]);
      else if (event.key === "Home") slider.set(0);
      else if (event.key === "End") slider.set(100);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });

    slider.set(50);
    return slider;
  };
})(window.tcvcReview);
