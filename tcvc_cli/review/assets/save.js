// Where the settings go: to a server that serves this page, or else into a download; and "Colour again".
(function (review) {
  "use strict";

  const { el, history } = review;

  const isPlainWord = (word) => /^[\w@%+=:,./-]+$/.test(word);
  const quoted = (word) => (isPlainWord(word) ? word : `'${word.replace(/'/g, `'\\''`)}'`);

  // The command as a shell takes it.
  review.commandText = function () {
    return review.state.film.command.map(quoted).join(" ");
  };

  review.save = async function () {
    if (history.broken) return review.say(history.broken, "error");
    if (review.served) return review.serve.save();
    download();
    return true;
  };

  function download() {
    const { file } = review.state.film.settings;
    const url = URL.createObjectURL(new Blob([history.text], { type: "application/toml" }));
    const link = el("a", { href: url, download: file });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
    history.markSaved(history.text);
    review.say(`${file} is downloaded. Put it beside the film, then colour again.`);
  }

  review.copy = async function (text, from) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const range = document.createRange();
      range.selectNodeContents(from);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      if (!document.execCommand("copy")) return review.say("The command is marked: copy it with Ctrl+C.");
    }
    review.say("The command is copied.");
  };

  review.openAgain = function () {
    const again = document.getElementById("again");
    const words = review.state.film.command
      .flatMap((word) => [" ", el("bdi", { dir: "ltr" }, quoted(word))])
      .slice(1);
    const command = el("code", { dir: "ltr" }, ...words);
    const copy = el("button", { type: "button" }, "Copy the command");
    copy.addEventListener("click", () => review.copy(command.textContent, command));
    const body = el(
      "div",
      { class: "sheet-body" },
      el("p", {}, advice()),
      el("pre", {}, command),
      el("div", { class: "row" }, copy),
    );
    if (review.served) body.append(review.serve.panel());
    else body.querySelector(".row").prepend(downloadButton());
    again.replaceChildren(review.dialogs.head("again-title", ["Colour again"]), body);
    review.dialogs.open(again);
  };

  function downloadButton() {
    const button = el(
      "button",
      { type: "button", class: "main" },
      el("span", {}, "Download "),
      review.foreign(review.state.film.settings.file),
    );
    button.addEventListener("click", download);
    return button;
  }

  function advice() {
    if (review.served)
      return "Only the shots that have changed are coloured again. Here, or with this command:";
    return "Put the settings beside the film and run this command. Only the shots that have changed are coloured again.";
  }

  review.references = {
    // A picture that somebody gives: uploaded where there is a server; else its name alone goes into the settings.
    async take(index, file) {
      const isThere = (path) =>
        review.controls.holds(index).references.includes(path) && ownList(index).includes(path);
      const path = review.served ? await review.serve.upload(file) : beside(file.name);
      if (!path || isThere(path)) return;
      review.decide(index, [{ key: "references", add: true, value: path }], "a reference");
      if (review.served) review.say(`${path} is beside the film now.`);
      else review.say(`Put the picture beside the settings file, as ${path}.`);
    },
  };

  function ownList(index) {
    const { reading } = history;
    return (index < 0 ? reading.film : reading.own(index)).references || [];
  }

  function beside(name) {
    const folder = review.state.film.settings.file.replace(/(\.tcvc)?\.toml$/, "") + ".references";
    const plain = [...name]
      .filter((letter) => !/[\\/\p{C}]/u.test(letter))
      .join("")
      .replace(/^\.+/, "");
    return `${folder}/${plain || "picture.png"}`;
  }

  window.addEventListener("beforeunload", (event) => {
    if (!history.isSaved()) event.preventDefault();
  });
})(window.tcvcReview);
