// The short clip of a shot: the film on the upper half of its picture, the result on the lower.
(function (review) {
  "use strict";

  const { el } = review;

  class Clip {
    // `drawn` hears that another frame is to be seen; `canvases`: {before, after}.
    constructor(data, canvases, drawn) {
      Object.assign(this, { data, canvases, drawn, index: 0, isReady: false });
      this.video = el("video", { muted: true, playsinline: true, preload: "auto" });
      this.video.muted = true;
      this.video.loop = true;
      this.build();
      this.video.addEventListener("loadeddata", () => {
        this.isReady = true;
        this.draw();
      });
      this.video.addEventListener("seeked", () => this.draw());
      this.video.addEventListener("play", () => this.follow());
      ["play", "pause"].forEach((name) => this.video.addEventListener(name, () => this.tell()));
      this.video.addEventListener("error", () => this.fail());
      this.video.src = data.src;
    }

    build() {
      this.button = el("button", { type: "button", class: "icon", "aria-label": "Play" }, "▶");
      this.button.addEventListener("click", () => this.toggle());
      const max = this.data.frames.length - 1;
      this.range = el("input", {
        type: "range",
        min: 0,
        max,
        step: 1,
        value: 0,
        "aria-label": "Frame of the clip",
      });
      this.range.addEventListener("input", () => this.seek(Number(this.range.value)));
      this.words = el("output", { class: "frame-words" });
      this.element = el("div", { class: "scrubber" }, this.button, this.range, this.words);
    }

    get frame() {
      return this.data.frames[this.index];
    }

    fail() {
      review.text(this.words, "This browser cannot show the clip.");
      this.button.disabled = this.range.disabled = true;
    }

    show() {
      this.isShown = true;
      this.draw();
    }

    hide() {
      this.isShown = false;
      this.video.pause();
    }

    toggle() {
      if (this.video.paused) this.video.play().catch(() => {});
      else this.video.pause();
    }

    tell() {
      const isPaused = this.video.paused;
      this.button.textContent = isPaused ? "▶" : "❚❚";
      this.button.setAttribute("aria-label", isPaused ? "Play" : "Stop");
    }

    seek(index) {
      this.video.pause();
      this.index = Math.max(0, Math.min(this.data.frames.length - 1, index));
      if (this.isReady) this.video.currentTime = (this.index + 0.5) / this.data.fps;
      this.label();
    }

    seekFrame(frame) {
      const distance = (index) => Math.abs(this.data.frames[index] - frame);
      const order = [...this.data.frames.keys()].sort((one, other) => distance(one) - distance(other));
      this.seek(order[0]);
    }

    follow() {
      if (this.video.paused) return;
      const index = Math.floor(this.video.currentTime * this.data.fps + 1e-3);
      this.index = Math.min(this.data.frames.length - 1, index);
      this.draw();
      requestAnimationFrame(() => this.follow());
    }

    label() {
      const time = review.clock(review.milliseconds(this.frame));
      review.text(this.words, `${time} · frame ${this.frame}`);
      this.range.value = this.index;
      this.range.setAttribute("aria-valuetext", `frame ${this.frame}, ${time}`);
    }

    draw() {
      this.label();
      if (!this.isShown || !this.isReady) return;
      const { width, height } = this.data;
      const hasResult = this.video.videoHeight >= 2 * height;
      const halves = { before: 0, after: hasResult ? height : 0 };
      for (const [name, top] of Object.entries(halves)) {
        const canvas = this.canvases[name];
        if (canvas.width !== width || canvas.height !== height)
          [canvas.width, canvas.height] = [width, height];
        const context = canvas.getContext("2d", { willReadFrequently: true });
        context.drawImage(this.video, 0, top, width, height, 0, 0, width, height);
      }
      this.drawn();
    }
  }

  review.Clip = Clip;
})(window.tcvcReview);
