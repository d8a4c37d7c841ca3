// The settings' text as it is now, and as it was: every decision is one step that can be taken back.
(function (review) {
  "use strict";

  const JOINED_MS = 1200;
  const history = (review.history = { past: [], future: [], text: "", saved: "", broken: "", reading: null });

  // A text that cannot be read is shown as if nothing were decided, and nothing can be decided over it.
  history.start = function (text) {
    Object.assign(history, { past: [], future: [], saved: text, tag: null, broken: "" });
    try {
      show(text);
    } catch (error) {
      const { file } = review.state.film.settings;
      history.broken = `${file} cannot be read: ${String(error.message).split("\n")[0]} Mend it, then load this page again.`;
      Object.assign(history, { text, reading: review.settings.read("") });
      review.say(history.broken, "error");
      review.emit("settings");
    }
  };

  // What was saved elsewhere; the own state stays, as a step to go back to.
  history.take = function (text) {
    try {
      review.settings.read(text);
    } catch (error) {
      return review.say(`The file cannot be read: ${String(error.message).split("\n")[0]}`, "error");
    }
    history.saved = text;
    push(text, "what was saved elsewhere", null);
    review.say("The file’s settings are shown. Undo brings yours back.");
  };

  history.isSaved = () => history.text === history.saved;

  history.markSaved = function (text) {
    history.saved = text;
    history.tag = null;
    review.emit("settings");
  };

  function show(text) {
    history.text = text;
    history.reading = review.settings.read(text);
    review.emit("settings");
  }

  function push(text, label, tag) {
    if (text === history.text) return;
    const now = performance.now();
    const isJoined = tag && tag === history.tag && now - history.time < JOINED_MS && history.past.length;
    if (!isJoined) history.past.push({ text: history.text, label });
    Object.assign(history, { future: [], tag, time: now });
    show(text);
  }

  // `index` of a shot, or -1 for the film; `steps` as edit.js has them. Steps of one `tag` that follow quickly are
  // taken back together. Whether it could be done.
  review.decide = function (index, steps, label, tag = null) {
    try {
      if (history.broken) throw new Error(history.broken);
      const place = review.settings.place(history.reading, index);
      push(review.edited(history.text, place, steps), label, tag);
      return true;
    } catch (error) {
      review.say(error.message, "error");
      review.emit("settings");
      return false;
    }
  };

  history.undo = function () {
    const step = history.past.pop();
    if (!step) return review.say("There is nothing to undo.");
    history.future.push({ text: history.text, label: step.label });
    history.tag = null;
    show(step.text);
    review.say(`Undone: ${step.label}.`);
  };

  history.redo = function () {
    const step = history.future.pop();
    if (!step) return review.say("There is nothing to redo.");
    history.past.push({ text: history.text, label: step.label });
    history.tag = null;
    show(step.text);
    review.say(`Done again: ${step.label}.`);
  };
})(window.tcvcReview);
