// Changes of the settings' text, for the keys that this page decides. What is not touched stays as it stands;
// a change that would say anything else than it should is refused.
(function (review) {
  "use strict";

  const { toml } = review;
  const WHOLE = new Set(["palette", "frame", "number"]);
  const ADDRESS = ["number", "starts"];
  const MARK = "\ufeff";

  const written = (key, value) => toml.written(value, WHOLE.has(key) ? "whole" : "number");
  const inline = (table) =>
    `{ ${Object.entries(table)
      .map(([key, one]) => `${key} = ${written(key, one)}`)
      .join(", ")} }`;
  const item = (key, value) => (typeof value === "object" ? inline(value) : written(key, value));
  const lines = (table) =>
    Object.entries(table)
      .map(([key, one]) => `${key} = ${written(key, one)}\n`)
      .join("");
  const valueText = (key, value) =>
    Array.isArray(value) ? `[${value.map((one) => item(key, one)).join(", ")}]` : written(key, value);

  // Steps, each on the text that the one before it left. `place`: "film", or the index of a [[shot]].
  class Editor {
    constructor(text, place) {
      Object.assign(this, { text, place });
      this.look();
    }

    look() {
      this.sections = toml.sections(this.text);
      this.parts = this.place === "film" ? this.film() : this.entry(this.place);
      this.own = this.parts.find((one) => one.path.length === 1);
      if (!this.own) throw new Other();
    }

    film() {
      return this.sections.filter((one) => one.path[0] === "film" && !one.isList);
    }

    entry(index) {
      let at = -1;
      return this.sections.filter((one) => {
        if (one.isList && one.path.length === 1 && one.path[0] === "shot") at += 1;
        return one.path[0] === "shot" && at === index;
      });
    }

    cut(start, stop, words) {
      this.text = toml.cut(this.text, start, stop, words);
      this.look();
    }

    pair(key, section = this.own) {
      if (section.pairs.some((one) => one.path.length > 1 && one.path[0] === key)) throw new Other();
      return section.pairs.find((one) => one.path[0] === key);
    }

    subs(key) {
      return this.parts.filter((one) => one.path.length === 2 && one.path[1] === key);
    }

    set(key, value, section = this.own) {
      const pair = this.pair(key, section);
      const words = valueText(key, value);
      if (pair) this.cut(pair.value.start, pair.value.stop, words);
      else this.insert(section.stop, `${key} = ${words}\n`);
    }

    insert(at, words) {
      const head = toml.ended(this.text.slice(0, at));
      this.text = head + words + this.text.slice(at);
      this.look();
    }

    unset(key, section = this.own) {
      for (let subs = this.subs(key); subs.length; subs = this.subs(key)) this.drop(subs.at(-1));
      const pair = this.pair(key, section);
      if (pair) this.cut(pair.start, pair.stop, "");
    }

    drop(section) {
      this.cut(section.start, section.stop, "");
    }

    add(key, value) {
      const pair = this.pair(key);
      if (pair) {
        if (!pair.value.items) throw new Other();
        this.text = toml.withItem(this.text, pair.value, item(key, value));
        this.look();
      } else if (key === "points") {
        this.insert(Math.max(...this.parts.map((one) => one.stop)), `[[shot.points]]\n${lines(value)}`);
      } else this.set(key, [value]);
    }

    remove(key, index) {
      const subs = this.subs(key);
      if (subs.length) return this.drop(subs[index]);
      this.text = toml.withoutItem(this.text, this.pair(key).value, index);
      this.look();
    }

    replace(key, index, value) {
      const subs = this.subs(key);
      if (subs.length) return this.members(() => this.subs(key)[index], value);
      const old = this.pair(key).value.items[index];
      this.cut(old.start, old.stop, item(key, keptSpelling(old, value)));
    }

    // The keys of a table of its own become those of `value`.
    members(section, value) {
      const spelled = keptSpelling(section(), value);
      for (const pair of section().pairs.filter((one) => !(one.path[0] in spelled)))
        this.unset(pair.path[0], section());
      for (const [key, one] of Object.entries(spelled)) {
        const pair = this.pair(key, section());
        const words = written(key, one);
        const old =
          pair && window.tcvcToml.parse(`x = ${this.text.slice(pair.value.start, pair.value.stop)}`).x;
        if (!pair || !same(old, one)) {
          pair ? this.cut(pair.value.start, pair.value.stop, words) : this.set(key, one, section());
        }
      }
    }
  }

  // The text has it in braces or dotted keys; the vendored library edits those.
  class Other extends Error {}

  function keptSpelling(old, value) {
    if (typeof value !== "object" || !old.pairs?.some((one) => one.path[0] === "colour")) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key === "color" ? "colour" : key, one]),
    );
  }

  function same(one, other) {
    if (typeof one !== "object" || typeof other !== "object" || !one || !other) return one === other;
    const keys = Object.keys(one);
    return (
      keys.length === Object.keys(other).length &&
      keys.every((key) => key in other && same(one[key], other[key]))
    );
  }

  // The same on the data, as the text has to say it afterwards.
  function applied(table, step) {
    const { key, at, value } = step;
    if (step.add) return void (table[key] = [...(table[key] || []), value]);
    if (at === undefined) return void (value === undefined ? delete table[key] : (table[key] = value));
    const list = [...table[key]];
    list.splice(at, 1, ...(value === undefined ? [] : [keptData(list[at], value)]));
    if (!list.length && key === "points" && step.isTables) delete table[key];
    else table[key] = list;
  }

  function keptData(old, value) {
    return typeof value === "object" && typeof old === "object" && "colour" in old
      ? keptSpelling({ pairs: [{ path: ["colour"] }] }, value)
      : value;
  }

  function stepped(editor, { key, at, value, add }) {
    if (add) editor.add(key, value);
    else if (at === undefined) value === undefined ? editor.unset(key) : editor.set(key, value);
    else value === undefined ? editor.remove(key, at) : editor.replace(key, at, value);
  }

  function edited(text, place, step, expected) {
    try {
      const editor = new Editor(text, place);
      stepped(editor, step);
      return editor.text;
    } catch (error) {
      if (!(error instanceof Other)) throw error;
      return window.tcvcToml.patch(text, expected);
    }
  }

  // The text with an empty [film], before all other tables.
  function withFilm(text) {
    const first = toml.sections(text)[1];
    if (!first) return block(text, "[film]\n");
    const at = toml.above(text, first.start);
    return `${text.slice(0, at)}[film]\n\n${text.slice(at)}`;
  }

  // The text, and behind it a block of lines with an empty line before it.
  function block(text, words) {
    const head = toml.ended(text);
    return head + (!head || head.endsWith("\n\n") ? "" : "\n") + words;
  }

  // The text with an entry that says which shot it is about, before the entry `index` of those that are there.
  function withEntry(text, address, index, data) {
    const entries = toml
      .sections(text)
      .filter((one) => one.isList && one.path.length === 1 && one.path[0] === "shot");
    if (data.shot?.length && !entries.length) {
      const shots = [...data.shot];
      shots.splice(index, 0, address);
      return window.tcvcToml.patch(text, { ...data, shot: shots });
    }
    const words = `[[shot]]\n${lines(address)}`;
    if (index >= entries.length) return block(text, words);
    const at = toml.above(text, entries[index].start);
    return `${text.slice(0, at)}${words}\n${text.slice(at)}`;
  }

  // The text without an entry that decides nothing any more; one that somebody has written words at stays.
  function withoutEmpty(text, index) {
    const entry = review.settings.parsed(text).shot[index];
    if (Object.keys(entry).some((key) => !ADDRESS.includes(key))) return text;
    let editor;
    try {
      editor = new Editor(text, index);
    } catch {
      return text;
    }
    const { own } = editor;
    const hasWords = own.hasWords || toml.above(text, own.start) !== own.start;
    if (hasWords || text.slice(own.body, own.stop).includes("#")) return text;
    return tidy(text.slice(0, own.start), text.slice(own.stop));
  }

  // One empty line, where there was one before and one behind.
  function tidy(head, tail) {
    if (!tail.trim()) return toml.ended(head.trimEnd());
    return head.endsWith("\n\n") || !head ? head + tail.replace(/^\n+/, "") : head + tail;
  }

  const CRLF = /\r\n/g;

  // `steps`: {key, value} decides, {key} decides no more; of a list {key, add: true, value}, {key, at, value},
  // {key, at}. `place`: "film", or {index, address, at}: the entry of a shot, or null and where a new one goes.
  // Raises Error where the text cannot say so.
  review.edited = function (raw, place, steps) {
    const mark = raw.startsWith(MARK) ? MARK : "";
    const hasTwoMarks = raw.includes("\r\n") && !raw.replace(CRLF, "").includes("\n");
    let text = hasTwoMarks ? raw.slice(mark.length).replace(CRLF, "\n") : raw.slice(mark.length);
    let where = "film";
    if (place === "film") {
      if (!review.settings.parsed(text).film) text = withFilm(text);
    } else {
      if (place.index === null) text = withEntry(text, place.address, place.at, review.settings.parsed(text));
      where = place.index === null ? place.at : place.index;
    }
    for (const step of steps) text = checked(text, where, step);
    if (where !== "film") text = withoutEmpty(text, where);
    return mark + (hasTwoMarks ? text.replace(/\n/g, "\r\n") : text);
  };

  function checked(text, where, step) {
    const expected = structuredClone(review.settings.parsed(text));
    const table = where === "film" ? expected.film : expected.shot[where];
    const isTables = /^[ \t]*\[\[/m.test(text);
    applied(table, { ...step, isTables: isTables && isInTables(text, where, step.key) });
    const after = edited(text, where, step, expected);
    if (!same(review.settings.parsed(after), expected)) {
      throw new Error("The settings file cannot be changed without changing more of it.");
    }
    return after;
  }

  function isInTables(text, where, key) {
    try {
      return new Editor(text, where).subs(key).length > 0;
    } catch {
      return false;
    }
  }
})(window.tcvcReview);
