// What all parts of the page share: the namespace, elements, times, and who hears what.
window.tcvcReview = window.tcvcReview || {};
(function (review) {
  "use strict";

  const listeners = new Map();

  review.served = null;
  review.state = { film: null, shots: [], order: "time", filter: "all", open: null };

  review.on = function (name, heard) {
    listeners.set(name, [...(listeners.get(name) || []), heard]);
  };

  review.emit = function (name, detail) {
    (listeners.get(name) || []).forEach((heard) => heard(detail));
  };

  // Children are text or elements; text is never read as markup. An attribute that is null or false is left out.
  review.el = function (tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value !== null && value !== undefined && value !== false) {
        element.setAttribute(name, value === true ? "" : value);
      }
    }
    element.append(...children.filter((one) => one !== null && one !== undefined));
    return element;
  };

  review.text = function (element, words) {
    if (element.textContent !== words) element.textContent = words;
  };

  // Text from a file: in a direction of its own, so that what stands beside it stays where it is.
  review.foreign = function (words) {
    return review.el("bdi", { dir: "auto" }, words);
  };

  review.rate = function () {
    const [over, under] = review.state.film.film.frame_rate.split("/").map(Number);
    return over / (under || 1);
  };

  review.milliseconds = function (frame) {
    return Math.round((frame / review.rate()) * 1000);
  };

  // As the settings write it: 0:01:23.480.
  review.clock = function (milliseconds) {
    const pad = (number, width) => String(number).padStart(width, "0");
    const minutes = Math.floor(milliseconds / 60000);
    const seconds = Math.floor(milliseconds / 1000) % 60;
    return `${Math.floor(minutes / 60)}:${pad(minutes % 60, 2)}:${pad(seconds, 2)}.${pad(milliseconds % 1000, 3)}`;
  };

  review.secondsText = function (seconds) {
    return seconds < 9.95 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`;
  };

  review.shotOf = function (number) {
    return review.state.shots[number - 1];
  };

  // Rows are kept where they are, so that the one somebody types in keeps the focus.
  review.rows = function (list, items, make, update) {
    while (list.children.length > items.length) list.lastElementChild.remove();
    items.forEach((item, index) => {
      if (index >= list.children.length) list.append(make(index));
      update(list.children[index], item, index);
    });
  };

  review.setValue = function (input, value) {
    if (input !== document.activeElement || input.type === "range") input.value = value;
  };

  review.say = function (words, kind) {
    const place = document.getElementById(kind === "error" ? "alert" : "status");
    const other = document.getElementById(kind === "error" ? "status" : "alert");
    review.text(other, "");
    place.textContent = words;
    place.classList.toggle("unseen", kind === "quiet"); // for those who hear it; others have seen it happen
    clearTimeout(review.say.timer);
    if (kind !== "error") review.say.timer = setTimeout(() => (place.textContent = ""), 5000);
  };
})(window.tcvcReview);
