// Windows over the page. The browser keeps the focus in the uppermost; messages go where they can be read.
(function (review) {
  "use strict";

  const { el } = review;
  const opened = [];
  const dialogs = (review.dialogs = {});

  dialogs.top = () => opened.at(-1) || null;

  dialogs.open = function (dialog) {
    if (dialog.open) return;
    const before = document.activeElement;
    dialog.addEventListener("close", () => closed(dialog, before), { once: true });
    opened.push(dialog);
    dialog.showModal();
    dialog.scrollTop = 0;
    moveMessages();
  };

  function closed(dialog, before) {
    opened.splice(opened.indexOf(dialog), 1);
    moveMessages();
    review.emit("closed", dialog.id);
    if (dialog.id !== "shot" && before?.isConnected) before.focus();
  }

  function moveMessages() {
    (dialogs.top() || document.body).append(document.getElementById("messages"));
  }

  dialogs.head = function (id, words, ...more) {
    const close = el(
      "button",
      { type: "button", class: "icon", "aria-label": "Close", title: "Close (Esc)" },
      "✕",
    );
    close.addEventListener("click", () => close.closest("dialog").close());
    return el("header", { class: "sheet-head" }, el("h2", { id, tabindex: "-1" }, ...words), ...more, close);
  };

  const KEYS = [
    ["j k or ← →", "next and previous shot"],
    ["Enter", "open the shot"],
    ["Esc", "close"],
    ["0 to 4", "choose a palette; 0 is the model's own choice"],
    ["b", "hold to see it before"],
    ["c", "clip or still"],
    ["Space", "play or stop the clip"],
    ["p", "set points; arrows move the cross, Enter sets"],
    ["l", "lock the shot, or let it go"],
    ["g", "keep it grey, or colour it"],
    ["w", "worst first, or in order of time"],
    ["s", "save the settings"],
    ["Ctrl+Z", "undo"],
    ["Ctrl+Shift+Z", "redo"],
    ["?", "this list"],
  ];

  dialogs.help = function () {
    const help = document.getElementById("help");
    const rows = KEYS.map(([keys, words]) => [el("dt", {}, el("kbd", {}, keys)), el("dd", {}, words)]).flat();
    help.replaceChildren(
      dialogs.head("help-title", ["Keys"]),
      el("div", { class: "sheet-body" }, el("dl", { class: "keys" }, ...rows)),
    );
    dialogs.open(help);
  };
})(window.tcvcReview);
