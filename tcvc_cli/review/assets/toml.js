// Where the parts of a TOML text stand, so that one of them can change and the rest stays as a person wrote it.
// Whether the text is TOML is not asked here: the vendored parser has read it before.
(function (review) {
  "use strict";

  const GAP = /[ \t]*/y;
  const BLANK = /(?:[ \t\r\n]+|#[^\n]*)*/y;
  const KEY = /[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'/y;
  const TEXT =
    /"""(?:[^"\\]|\\[\s\S]|"{1,2}(?!"))*"{3,5}|'''(?:[^']|'{1,2}(?!'))*'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'/y;
  const SCALAR = /[^\s,\[\]{}#"'=][^,\[\]{}#"'\n]*/y;

  class Walk {
    constructor(text) {
      this.text = text;
      this.at = 0;
      this.section = { path: [], isList: false, start: 0, body: 0, stop: 0, pairs: [], hasWords: false };
      this.sections = [this.section];
    }

    match(pattern) {
      pattern.lastIndex = this.at;
      const found = pattern.exec(this.text);
      if (!found) throw new Error("the settings are written in a way that this page cannot edit");
      this.at = pattern.lastIndex;
      return found[0];
    }

    is(letters) {
      return this.text.startsWith(letters, this.at);
    }

    line() {
      const end = this.text.indexOf("\n", this.at);
      this.at = end < 0 ? this.text.length : end + 1;
    }

    document() {
      while (this.at < this.text.length) {
        const start = this.at;
        this.match(GAP);
        if (this.is("#")) this.comment(start);
        else if (this.is("[")) this.header(start);
        else if (this.is("\n") || this.is("\r") || this.at >= this.text.length) this.line();
        else this.section.pairs.push(this.pair(start));
      }
      return this.sections;
    }

    comment() {
      this.line();
    }

    header(start) {
      const isList = this.is("[[");
      this.at += isList ? 2 : 1;
      const path = this.path();
      this.match(GAP);
      this.at += isList ? 2 : 1;
      const hasWords = /#/.test(this.text.slice(this.at).split("\n", 1)[0]);
      this.line();
      this.section = { path, isList, start, body: this.at, stop: this.at, pairs: [], hasWords };
      this.sections.push(this.section);
    }

    path() {
      const path = [];
      do {
        if (path.length) this.at += 1;
        this.match(GAP);
        path.push(bare(this.match(KEY)));
        this.match(GAP);
      } while (this.is("."));
      return path;
    }

    pair(start) {
      const pair = { start, ...this.keyAndValue() };
      const end = this.at;
      this.line();
      pair.stop = this.section.stop = this.at;
      pair.hasWords = this.text.slice(end, this.at).includes("#");
      return pair;
    }

    keyAndValue() {
      const path = this.path();
      this.at += 1; // the =
      this.match(GAP);
      return { path, value: this.value() };
    }

    value() {
      const start = this.at;
      const inner = this.is("[") ? this.items() : this.is("{") ? this.members() : this.scalar();
      return { start, stop: this.at, ...inner };
    }

    scalar() {
      if (this.is('"') || this.is("'")) this.match(TEXT);
      else {
        const found = this.match(SCALAR);
        this.at -= found.length - found.trimEnd().length;
      }
      return {};
    }

    items() {
      return { items: this.list("]", () => this.value()) };
    }

    members() {
      return { pairs: this.list("}", () => this.keyAndValue()) };
    }

    list(end, one) {
      const found = [];
      this.at += 1;
      for (;;) {
        this.match(BLANK);
        if (this.is(end)) break;
        found.push(one());
        this.match(BLANK);
        if (this.is(",")) this.at += 1;
      }
      this.at += 1;
      return found;
    }
  }

  function bare(key) {
    return key.startsWith('"') ? JSON.parse(key) : key.startsWith("'") ? key.slice(1, -1) : key;
  }

  const toml = (review.toml = {});

  // The tables of the text in their order; the first, with an empty path, is what stands before any header.
  toml.sections = function (text) {
    return new Walk(text).document();
  };

  toml.cut = function (text, start, stop, words) {
    return text.slice(0, start) + words + text.slice(stop);
  };

  toml.ended = function (text) {
    return text && !text.endsWith("\n") ? text + "\n" : text;
  };

  // Where the comment lines begin that stand right over what begins at `start`.
  toml.above = function (text, start) {
    for (;;) {
      const line = text.lastIndexOf("\n", start - 2) + 1;
      if (start === 0 || line >= start || !text.slice(line, start).trimStart().startsWith("#")) return start;
      start = line;
    }
  };

  // The text with one more item at the end of a list in brackets.
  toml.withItem = function (text, list, words) {
    const last = list.items.at(-1);
    if (!last) return toml.cut(text, list.start + 1, list.start + 1, words);
    if (!text.slice(last.stop, list.stop).includes("\n"))
      return toml.cut(text, last.stop, last.stop, `, ${words}`);
    const line = text.lastIndexOf("\n", last.start) + 1;
    const indent = /^[ \t]*/.exec(text.slice(line, last.start))[0] || "    ";
    const end = text.indexOf("\n", last.stop);
    const hasComma = /^\s*(?:#[^\n]*\s*)*,/.test(text.slice(last.stop, list.stop));
    const tail = `\n${indent}${words}${hasComma ? "," : ""}`;
    const before = text.slice(end - 1, end) === "\r" ? end - 1 : end;
    const longer = toml.cut(text, before, before, tail);
    return hasComma ? longer : toml.cut(longer, last.stop, last.stop, ",");
  };

  // The text without the item; where it has its lines to itself, without them and what is said behind it.
  toml.withoutItem = function (text, list, index) {
    const { items } = list;
    const one = items[index];
    if (items.length === 1) return toml.cut(text, list.start + 1, list.stop - 1, "");
    const start = text.lastIndexOf("\n", one.start - 1) + 1;
    const end = text.indexOf("\n", one.stop);
    const rest = end < 0 || end > list.stop ? null : text.slice(one.stop, end);
    if (!text.slice(start, one.start).trim() && rest !== null && /^[ \t]*,?[ \t]*(#.*)?\r?$/.test(rest)) {
      return toml.cut(text, start, end + 1, "");
    }
    if (index > 0) return toml.cut(text, items[index - 1].stop, one.stop, "");
    return toml.cut(text, one.start, items[1].start, "");
  };

  // What a value is in TOML. `kind` "number" writes 1 as 1.0, which is how the settings have shares and factors.
  toml.written = function (value, kind) {
    if (typeof value === "boolean") return String(value);
    if (typeof value === "number") return kind === "whole" ? String(value) : decimal(value);
    const plain = value.toWellFormed ? value.toWellFormed() : value;
    return JSON.stringify(plain).replace(/\u007f/g, "\\u007f");
  };

  function decimal(number) {
    const words = String(Number(number.toFixed(6)));
    return /[.e]/.test(words) ? words : words + ".0";
  }
})(window.tcvcReview);
