// What a server that serves this page can do: save, take pictures, colour again.
(function (review) {
  "use strict";

  const { el, history } = review;
  const POLL_MS = 500;
  const serve = (review.serve = { sha256: null, run: null });
  const LOST = "The server does not answer. Nothing is lost: start it again, then save.";

  // {status, ...JSON}; status 0 where nobody answers.
  async function ask(path, body, type = "application/json") {
    const options = body === undefined ? {} : { method: "POST", headers: { "Content-Type": type }, body };
    try {
      const response = await fetch(review.served.api + path, { ...options, cache: "no-store" });
      return { status: response.status, ...(await response.json().catch(() => ({}))) };
    } catch {
      return { status: 0, message: LOST };
    }
  }

  // The text as it is on disk by now, which may be newer than the page.
  serve.start = async function () {
    const answer = await ask("settings");
    if (answer.status !== 200) return review.say(answer.message || LOST, "error");
    serve.sha256 = answer.sha256;
    if (answer.text !== history.text) history.start(answer.text);
    const run = await ask("colorize?since=0");
    if (run.running) watch(); // begun before this page was opened
  };

  serve.save = async function () {
    const text = history.text;
    const answer = await ask("settings", JSON.stringify({ text, before: serve.sha256 }));
    if (answer.status === 200) {
      serve.sha256 = answer.sha256;
      hideClash();
      history.markSaved(text);
      review.say(`${review.state.film.settings.file} is saved.`);
      return true;
    }
    if (answer.status === 409) clash(answer);
    else review.say(answer.message || `It could not be saved (${answer.status}).`, "error");
    return false;
  };

  function hideClash() {
    document.getElementById("clash").hidden = true;
  }

  // The file is another one by now: whoever looks decides which of the two counts.
  function clash(answer) {
    const place = document.getElementById("clash");
    const mine = el("button", { type: "button" }, "Save mine over it");
    const theirs = el("button", { type: "button" }, "Take the file’s");
    mine.addEventListener("click", () => {
      serve.sha256 = answer.sha256;
      serve.save();
    });
    theirs.addEventListener("click", () => {
      serve.sha256 = answer.sha256;
      hideClash();
      history.take(answer.text);
    });
    place.replaceChildren(el("p", { role: "alert" }, answer.message), mine, theirs);
    place.hidden = false;
    review.say("");
  }

  serve.upload = async function (file) {
    const answer = await ask(
      `reference?name=${encodeURIComponent(file.name)}`,
      file,
      "application/octet-stream",
    );
    if (answer.file) return answer.file;
    review.say(answer.message || `The picture could not be taken (${answer.status}).`, "error");
    return null;
  };

  // One for the life of the page: closing the window over it leaves a run alone.
  serve.panel = function () {
    if (serve.element) return serve.element;
    serve.button = el("button", { type: "button", class: "main" }, "Save and colour");
    serve.button.addEventListener("click", begin);
    serve.stop = el("button", { type: "button", hidden: true }, "Stop");
    serve.stop.addEventListener("click", () => ask("stop", "{}"));
    serve.bar = el("progress", { max: 1, value: 0, "aria-label": "Progress" });
    serve.words = el("p", { class: "quiet" });
    serve.warnings = el("ul", { class: "warnings" });
    serve.progress = el("div", { class: "progress", hidden: true }, serve.bar, serve.words, serve.warnings);
    serve.element = el("div", {}, el("div", { class: "row" }, serve.button, serve.stop), serve.progress);
    return serve.element;
  };

  async function begin() {
    if (!(await serve.save())) return;
    const answer = await ask("colorize", "{}");
    if (answer.status !== 202)
      return review.say(answer.message || `It could not be started (${answer.status}).`, "error");
    watch();
  }

  function watch() {
    serve.panel();
    serve.run = { next: 0, stages: new Map(), shots: new Set() };
    serve.warnings.replaceChildren();
    showRun(true);
    follow();
  }

  function showRun(isRunning) {
    serve.progress.hidden = false;
    serve.stop.hidden = !isRunning;
    serve.button.disabled = isRunning;
  }

  async function follow() {
    const answer = await ask(`colorize?since=${serve.run.next}`);
    if (answer.status === 200) {
      answer.events.forEach(heard);
      serve.run.next = answer.next;
      if (!answer.running) return ended(answer);
      if (answer.rebuilding) review.text(serve.words, "The pictures of this page are made again.");
    } else if (answer.status !== 0)
      return review.say(answer.message || `The run is lost (${answer.status}).`, "error");
    else review.text(serve.words, LOST);
    setTimeout(follow, POLL_MS);
  }

  const STAGES = {
    shots: "Looking for shots",
    references: "Looking at the references",
    memory: "Looking through the shots",
    colorize: "Colouring",
    remux: "Joining",
    proof: "Proving",
  };

  function heard(event) {
    const { stages } = serve.run;
    if (event.event === "StageStarted") {
      stages.set(event.stage, event.total_frames);
      serve.run.segments = "";
    }
    if (event.event === "StageStarted" || event.event === "FramesDone") progress(event);
    if (event.event === "SegmentDone") serve.run.segments = `part ${event.number} of ${event.segment_count}`;
    if (event.event === "ShotStarted") serve.run.shots.add(event.number);
    if (event.event === "Warned") serve.warnings.append(el("li", {}, review.foreign(event.message)));
  }

  function progress(event) {
    const total = serve.run.stages.get(event.stage) || 0;
    const frames = Math.min(event.frames || 0, total);
    serve.bar.max = total || 1;
    serve.bar.value = frames;
    const words = [
      STAGES[event.stage] || event.stage,
      total ? `frame ${frames} of ${total}` : "",
      serve.run.segments,
    ];
    review.text(serve.words, words.filter(Boolean).join(" · "));
  }

  function ended(answer) {
    showRun(false);
    if (answer.exit_code !== 0) {
      review.text(
        serve.words,
        answer.message || "It was stopped. What is finished is kept; it goes on from there.",
      );
      return review.say(answer.message || "Colouring was stopped.", answer.message ? "error" : "note");
    }
    serve.bar.value = serve.bar.max;
    if (answer.message) {
      review.text(serve.words, answer.message); // coloured, but the page is as it was
      return review.say(answer.message, "error");
    }
    const shots = [...serve.run.shots].sort((one, other) => one - other);
    const words = shots.length ? `Coloured again: shot ${shots.join(", ")}.` : "Nothing had changed.";
    review.text(serve.words, words);
    review.say(words);
    review.reload(shots);
  }
})(window.tcvcReview);
