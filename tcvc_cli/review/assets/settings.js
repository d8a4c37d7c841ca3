// What the settings' text says, and what holds for each shot, as tcvc_cli/settings/film/resolve.py has it.
(function (review) {
  "use strict";

  const LOOK = ["palette", "saturation", "warmth", "vivid", "hue_maps"];
  const FORM = /^(?:\d{1,5}:)?(?:\d{1,2}:)?\d{1,9}(?:\.\d{1,9})?$/;
  const settings = (review.settings = {});

  const KEPT = 4;
  const known = new Map();

  // Not to be changed: the last few are kept, since one decision looks at the same text several times.
  settings.parsed = function (text) {
    if (!known.has(text)) known.set(text, text.trim() ? window.tcvcToml.parse(text) : {});
    if (known.size > KEPT) known.delete(known.keys().next().value);
    return known.get(text);
  };

  // Milliseconds of "SS", "MM:SS" or "HH:MM:SS", each with decimals; null for anything else.
  settings.time = function (words) {
    if (typeof words !== "string" || !FORM.test(words.trim())) return null;
    return Math.round(
      1000 *
        words
          .trim()
          .split(":")
          .reduce((sum, part) => sum * 60 + Number(part), 0),
    );
  };

  // The index of the shot that is on at a time, or that has the number; -1 where there is none.
  settings.indexOf = function (address) {
    const { shots } = review.state;
    const time = settings.time(address.starts);
    if (time === null) return address.number >= 1 && address.number <= shots.length ? address.number - 1 : -1;
    return shots.findLastIndex(
      (one) => settings.time(one.starts) <= time && time < review.milliseconds(one.stop),
    );
  };

  const sameAs = (value) =>
    settings.indexOf(typeof value === "string" ? { starts: value } : { number: value });

  // Reads a text once; what holds is found out shot by shot, when it is asked for.
  class Reading {
    constructor(text) {
      const data = settings.parsed(text);
      this.text = text;
      this.film = data.film || {};
      this.entries = data.shot || [];
      this.entryOf = new Map();
      this.entries.forEach((entry, index) => {
        const shot = settings.indexOf(entry);
        if (shot >= 0 && !this.entryOf.has(shot)) this.entryOf.set(shot, index);
      });
    }

    own(index) {
      return this.entryOf.has(index) ? this.entries[this.entryOf.get(index)] : {};
    }

    isDecided(index) {
      return Object.keys(this.own(index)).some((key) => key !== "number" && key !== "starts");
    }

    layer(index, key) {
      if (this.own(index)[key] !== undefined) return [this.own(index)[key], "shot"];
      if (this.film[key] !== undefined) return [this.film[key], "film"];
      return [undefined, "default"];
    }

    target(index) {
      const value = this.own(index).same_as;
      return value === undefined ? -1 : sameAs(value);
    }

    value(index, key) {
      const target = this.target(index);
      if (target < 0 || target === index || !LOOK.includes(key) || this.own(index)[key] !== undefined) {
        return this.layer(index, key);
      }
      return [this.layer(target, key)[0], "same"];
    }

    // {palette, vivid, saturation, warmth, hue_maps, keep, locked, same_as, points, references, from}: all decided;
    // `from` says where, by key: "shot", "film", "same" or "default". Index -1 stands for the film.
    holds(index) {
      const from = {};
      const of = (key, usual) => {
        const own =
          index < 0
            ? [this.film[key], this.film[key] === undefined ? "default" : "film"]
            : this.value(index, key);
        from[key] = own[1];
        return own[0] === undefined ? usual : own[0];
      };
      if (index >= 0) of("same_as");
      else from.same_as = "default";
      return {
        from,
        palette: of("palette", 0),
        vivid: of("vivid", null),
        saturation: of("saturation", 1),
        warmth: of("warmth", 0),
        hue_maps: of("hue_maps", []).map(settings.hueMap).filter(Boolean),
        keep: of("keep", false),
        locked: of("locked", false),
        references: of("references", []),
        same_as: index < 0 || this.target(index) < 0 ? null : this.target(index) + 1,
        points: index < 0 ? [] : this.own(index).points || [],
        strokes: index < 0 ? [] : this.own(index).strokes || [],
      };
    }
  }

  settings.read = function (text) {
    return new Reading(text);
  };

  // Degrees of a name or a number; null for anything else.
  settings.hue = function (words) {
    const word = words.trim().toLowerCase();
    const named = review.state.film.hues.find(([name]) => name === word);
    if (named) return named[1];
    return /^\d{1,4}(\.\d{1,20})?$/.test(word) && Number(word) <= 360 ? Number(word) % 360 : null;
  };

  // {from, to, width, strength, words: [from, to]} of an item of `hue_maps`; null for what is none.
  settings.hueMap = function (value) {
    const table = typeof value === "string" ? { map: value } : value;
    const [arrow, ...rest] = table.map.split(",");
    const words = arrow.split(/\s*(?:->|→|\bto\b)\s*/).map((one) => one.trim());
    const [from, to] = words.map(settings.hue);
    if (words.length !== 2 || from === null || to === null) return null;
    const [width, strength] = rest.map(Number);
    return { from, to, words, width: table.width ?? width ?? 60, strength: table.strength ?? strength ?? 1 };
  };

  // The item of `hue_maps` of two hues as a person writes them.
  settings.hueItem = function ([from, to], width, strength) {
    const table = { map: `${from} -> ${to}` };
    if (width !== 60) table.width = width;
    if (strength !== 1) table.strength = strength;
    return Object.keys(table).length > 1 ? table : table.map;
  };

  // Where in the text an index of a shot has its entry, or would get one. -1 stands for the film.
  settings.place = function (reading, index) {
    if (index < 0) return "film";
    if (reading.entryOf.has(index)) return { index: reading.entryOf.get(index) };
    const times = reading.entries.map((one) => settings.time(one.starts));
    const starts = settings.time(review.state.shots[index].starts);
    const isSorted = times.every((one, at) => one !== null && (at === 0 || times[at - 1] <= one));
    const at = isSorted ? times.filter((one) => one <= starts).length : times.length;
    return { index: null, at, address: { number: index + 1, starts: review.state.shots[index].starts } };
  };
})(window.tcvcReview);
