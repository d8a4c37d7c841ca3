"""Edits the text of a settings file.

Where a table begins and ends the walk of `places` says; tomlkit changes the pairs in it. It is not given the
complete file, because it takes the comments before the next table for the end of this one, and would write
new keys behind them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import tomlkit
from tomlkit.items import Array
from tomlkit.toml_document import TOMLDocument

from tcvc_cli.settings.film import places
from tcvc_cli.settings.film.decisions import Decisions, FilmSettings, Point, ShotDecisions, Stroke, decided
from tcvc_cli.settings.film.write.edits import Edit, added, besides, instead
from tcvc_cli.settings.film.write.items import (
    array,
    inline,
    plain_address,
    plain_decisions,
    plain_file,
    plain_point,
    plain_stroke,
)

_OF_FRAMES: Final = ("points", "strokes")


def edited(text: str, settings: FilmSettings, index: int | None, edit: Edit) -> str:
    """`settings` is what the text says; `index` that of the shot's entry there, None where it has none."""
    if edit.address is None:
        table: places.Path = ("film",)
        before = settings.film
        if table not in places.walked(text).lines and decided(edit.decisions):
            text = _with_film(text)
    elif index is None:
        text, index = _with_shot(text, settings, edit)
        table, before = ("shot", index), Decisions()
    else:
        table, before = ("shot", index), settings.shots[index].decisions
    if table not in places.walked(text).lines:
        return text
    text = _with_pairs(text, table, before, edit)
    for key in _OF_FRAMES:
        text = _with_items(text, table, key, before, edit)
    return text


def _with_film(text: str) -> str:
    """Before all other tables."""
    sections = places.walked(text).sections
    if not sections:
        return _block(text, "[film]\n")
    at = _above(text, sections[0].start)
    return f"{text[:at]}[film]\n\n{text[at:]}"


def _with_shot(text: str, settings: FilmSettings, edit: Edit) -> tuple[str, int]:
    """A new entry, which says which shot it is about, and its index. Where the others are sorted by time it
    takes its place among them."""
    assert edit.address is not None
    pairs = plain_address(edit.address)
    walked = places.walked(text)
    index = _place_of(settings.shots, edit)
    sections = {one.place: one for one in walked.sections}
    if settings.shots and ("shot", 0) not in sections:  # one list of tables in braces
        document = tomlkit.parse(text)
        document["shot"].insert(index, inline(pairs))
        return tomlkit.dumps(document), index
    block = f"[[shot]]\n{_dumped(pairs)}"
    later = sections.get(("shot", index))
    if later is None:
        return _block(text, block), index
    at = _above(text, later.start)
    return f"{text[:at]}{block}\n{text[at:]}", index


def _place_of(shots: tuple[ShotDecisions, ...], edit: Edit) -> int:
    assert edit.address is not None
    times = [one.address.starts_s for one in shots]
    starts_s = edit.address.starts_s
    known = [one for one in times if one is not None]
    if starts_s is None or len(known) < len(times) or known != sorted(known):
        return len(shots)
    return sum(one <= starts_s for one in known)


def _with_pairs(text: str, table: places.Path, before: Decisions, edit: Edit) -> str:
    """All but points and strokes in tables of their own."""
    section = next((one for one in places.walked(text).sections if one.place == table), None)
    if section is None:  # in braces, or of dotted keys
        document = tomlkit.parse(text)
        _set_pairs(_inner(document, table), before, edit)
        return tomlkit.dumps(document)
    head, body = text[: section.body], text[section.body : section.stop]
    if not head.endswith("\n"):
        head += "\n"
    pairs = tomlkit.parse(body)
    _set_pairs(pairs, before, edit)
    return head + _ended(tomlkit.dumps(pairs)) + text[section.stop :]


def _inner(document: TOMLDocument, table: places.Path) -> Any:
    inner: Any = document
    for key in table:
        inner = inner[key]
    return inner


def _set_pairs(pairs: Any, before: Decisions, edit: Edit) -> None:
    for key in edit.unset:
        if key in pairs:
            del pairs[key]
    for key, value in plain_decisions(edit.decisions).items():
        if key == "references" and key in pairs:
            old = () if key in edit.unset else before.references
            for file in added(old, edit.decisions.references):
                pairs[key].append(plain_file(file))
        elif key not in _OF_FRAMES:
            pairs[key] = value
    for key in _OF_FRAMES:
        if isinstance(pairs.get(key), Array):
            _set_items(pairs[key], getattr(before, key), getattr(edit.decisions, key))


def _set_items(items: Array, old: tuple[Any, ...], new: tuple[Any, ...]) -> None:
    for index, one in enumerate(old):
        if (other := instead(one, new)) != one:
            items[index] = inline(_plain_item(other))
    for item in besides(old, new):
        items.append(inline(_plain_item(item)))


def _with_items(text: str, table: places.Path, key: str, before: Decisions, edit: Edit) -> str:
    """Points or strokes in tables of their own; a list that stands as a pair has them already."""
    new: tuple[Any, ...] = getattr(edit.decisions, key)
    old: tuple[Any, ...] = getattr(before, key)
    walked = places.walked(text)
    tables = [one for one in walked.sections if one.place[: len(table) + 1] == (*table, key)]
    for section, item in zip(reversed(tables), reversed(old), strict=False):
        text = _with_item(text, section, key, item, None if key in edit.unset else instead(item, new))
    more = besides(() if key in edit.unset else old, new)
    if not more or (not tables and (*table, key) in walked.lines):
        return text
    if all(one.place != table for one in walked.sections):
        return _with_items_in_braces(text, table, key, more)
    at = max(one.stop for one in places.walked(text).sections if one.place[: len(table)] == table)
    return _ended(text[:at]) + "".join(_item_block(key, one) for one in more) + text[at:]


def _with_item(text: str, section: places.Section, key: str, old: Any, new: Any) -> str:
    """A table becomes another, or goes."""
    if new == old:
        return text
    block = "" if new is None else _item_block(key, new)
    return text[: section.start] + block + text[section.stop :]


def _item_block(key: str, item: Point | Stroke) -> str:
    return f"[[shot.{key}]]\n{_dumped(_plain_item(item))}"


def _with_items_in_braces(text: str, table: places.Path, key: str, new: tuple[Any, ...]) -> str:
    document = tomlkit.parse(text)
    _inner(document, table)[key] = array([inline(_plain_item(item)) for item in new])
    return tomlkit.dumps(document)


def _plain_item(item: Point | Stroke) -> Mapping[str, Any]:
    return plain_point(item) if isinstance(item, Point) else plain_stroke(item)


def _dumped(pairs: Mapping[str, Any]) -> str:
    return _ended(tomlkit.dumps(dict(pairs)))


def _ended(lines: str) -> str:
    return lines if not lines or lines.endswith("\n") else lines + "\n"


def _above(text: str, start: int) -> int:
    """Where the comment lines begin that stand right over what begins at `start`."""
    while True:
        line = text.rfind("\n", 0, max(start - 1, 0)) + 1
        if line >= start or not text[line:start].lstrip().startswith("#"):
            return start
        start = line


def _block(text: str, block: str) -> str:
    """The text, and behind it a block of lines with an empty line before it."""
    head = _ended(text)
    has_gap = not head or head.endswith(("\n\n", "\n\r\n"))
    return head + ("" if has_gap else "\n") + block
