"""Damage each thing in the work folders of killed runs, go on, compare with a run that nobody disturbed.

python -m benchmarks.tamper [--some N] [--seed 0]

Three runs are killed: in the midst of a shot, when all is coloured, and the second of two shards. They have
references, settled frames, a dissolve and several segments a shot, so that all kinds of files are there. Each
file is damaged in three ways (a bit flipped, cut off, something else instead of it), and each entry of the
journal; then the film is changed while its run stands still and while it runs, and so is what was kept. The
run that goes on must end in the reference, or be refused with one line; then the same command, or one that
begins anew, ends in the reference. No result is another film, nothing ends with exit code 70 or a traceback,
and nothing is refused for ever.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import tcvc_cli.run.computed.first_pass
import tcvc_cli.run.film.walk
from benchmarks.tampering.stands import STANDS, Arm, Ended, Place, Stand, at_call, made, run
from benchmarks.tampering.ways import Damage, file_damages, flipped, in_place, journal_damages
from examples.six_shots import Result, read_result
from tcvc_cli.run.resume.journal import Journal
from tcvc_cli.run.resume.work_folder import JOURNAL

FILM = "film.mkv"
UNTOUCHED = ("lock",)


@dataclass(frozen=True, slots=True)
class Case:
    """`damage` is done to what the stand left; `disturbance` to its first command as it runs. In the end
    there must be what the film `becomes`."""

    stand: Stand
    name: str
    damage: Damage | None = None
    disturbance: Callable[[Place], Arm] | None = None
    becomes: str = "the film"
    must_be_refused: bool = False

    def __str__(self) -> str:
        return f"{self.stand.name}: {self.name}"


def files_in(stand: Stand, place: Place) -> Iterator[Path]:
    """All in its work folder, by their names from the folder of the film."""
    work = stand.kept / place.work.name
    for path in sorted(work.rglob("*")):
        if path.is_file() and path.name not in UNTOUCHED:
            yield path.relative_to(stand.kept)


def edited(film: Path, chance: random.Random) -> None:
    """Another byte in the middle of the pictures, and the size and the time of before."""

    def change(content: bytes, _: random.Random) -> bytes:
        at = len(content) // 2
        return content[:at] + bytes([content[at] ^ 0x10]) + content[at + 1 :]

    in_place(film, change, chance)


def replaced(place: Place) -> None:
    """By another film with the same name, size and time."""
    other, seen = place.folder / "other.mkv", place.film.stat()
    other.write_bytes(place.film.read_bytes())
    edited(other, random.Random(0))
    os.utime(other, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    os.replace(other, place.film)


def repainted(place: Place) -> None:
    """The picture that was given is another file, and shows the same."""
    in_place(place.folder / "reference.png", lambda content, _: content + b"more", random.Random(0))


def kept_file(place: Place, pattern: str) -> None:
    """The newest of these that there is by now."""
    found = sorted(place.work.glob(pattern), key=lambda path: path.stat().st_mtime_ns)
    if found:
        in_place(found[0], flipped, random.Random(0))


def disturbances(stand: Stand) -> Iterator[Case]:
    """While the run goes on."""
    keep, remux = (Journal, "keep"), (tcvc_cli.run.film.walk, "remux")
    looks = (tcvc_cli.run.computed.first_pass, "find_looks")
    moments = {
        "as the shots are planned": (*looks, 1),
        "between segments": (*keep, 2),
        "at the join": (*remux, 1),
    }

    def disturbed(moment: str, action: Callable[[Place], None]) -> Callable[[Place], Arm]:
        return lambda place: at_call(*moments[moment], lambda: action(place))

    for moment in moments:
        for name, action in (
            ("replaced", replaced),
            ("edited", lambda place: edited(place.film, random.Random(0))),
        ):
            yield Case(
                stand,
                f"film {name} {moment}",
                disturbance=disturbed(moment, action),
                becomes="the edited film",
                must_be_refused=True,
            )
    for moment, pattern in (
        ("at the join", "segment-*.mkv"),
        ("between segments", "segment-*.mkv"),
        ("between segments", "segment-*.npz"),
        ("as the shots are planned", "settled-*.npz"),
    ):

        def flip(place: Place, pattern: str = pattern) -> None:
            kept_file(place, pattern)

        yield Case(stand, f"{pattern} damaged {moment}", None, disturbed(moment, flip))

    yield Case(
        stand,
        "reference repainted as the shots are planned",
        None,
        disturbed("as the shots are planned", repainted),
        "the repainted film",
    )


def cases(found: list[Stand], place: Place, chance: random.Random) -> Iterator[Case]:
    for stand in found:
        for file in files_in(stand, place):
            yield from (Case(stand, name, damage) for name, damage in file_damages(file, chance))
        for name, damage in journal_damages():
            yield Case(stand, f"{JOURNAL}: {name}", _in_work(damage, place))
        yield Case(
            stand, "film edited", lambda at, chance: edited(at / FILM, chance), becomes="the edited film"
        )
    yield from (case for stand in found if stand.name == STANDS[0] for case in disturbances(stand))


def _in_work(damage: Damage, place: Place) -> Damage:
    return lambda folder, chance: damage(folder / place.work.name, chance)


def said(ended: Ended) -> list[str]:
    """What it told a person of the damage."""
    lines = []
    for line in ended.said.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if event["event"] in ("Warned", "StartedAfresh"):
            lines.append(event.get("message") or event.get("why"))
    return lines


def fault(case: Case, place: Place, chance: random.Random) -> tuple[str | None, str]:
    """What went wrong, None if nothing did; and what came of it."""
    wanted = expected(case, place)
    case.stand.put_back(place)
    if case.damage is not None:
        case.damage(place.folder, chance)
    arm = (lambda: None) if case.disturbance is None else case.disturbance(place)
    told, refused = list[str](), ""
    tries = [*case.stand.commands, *case.stand.commands, tuple(place.colorize())]
    for number, command in enumerate(tries):
        ended = run(list(command), place.log, arm if number == 0 else lambda: None)
        told += said(ended)
        if ended.is_fault:
            return f"exit code {ended.code}: {ended.said[-1500:]}", ""
        if place.output.exists():
            break
        if ended.code != 0:
            refused = refused or f"refused with {ended.code}: {ended.error}; then "
    if not place.output.exists():
        return f"refused for ever: {ended.error}", ""
    if read_result(place.output) != wanted:
        return "another result", ""
    if case.must_be_refused and not refused:
        return "it was not refused", ""
    return None, f"{refused}{case.becomes}{'; ' if told else ''}{' | '.join(dict.fromkeys(told))}"


def expected(case: Case, place: Place) -> Result:
    """What the film becomes when nobody disturbs it, in the end."""
    if case.becomes not in place.references:
        place.material()
        if case.becomes == "the edited film":
            edited(place.film, random.Random(0))
        if case.becomes == "the repainted film":
            repainted(place)
        place.references[case.becomes] = place.reference()
    return place.references[case.becomes]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--some", type=int, help="as many of the cases, by chance")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--stand", default="", help="killed runs whose names have this in them")
    parser.add_argument("--only", default="", help="cases whose names have this in them")
    given = parser.parse_args()
    chance, good = random.Random(given.seed), 0
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder) / "place")
        names = [name for name in STANDS if given.stand in name]
        every = cases([made(place, name) for name in names], place, chance)
        found = [one for one in every if given.only in str(one)]
        if given.some is not None:
            found = chance.sample(found, min(given.some, len(found)))
        for number, case in enumerate(found, 1):
            wrong, came = fault(case, place, chance)
            print(f"{number}: {case}: {'FAULT, ' + wrong if wrong else came}", flush=True)
            good += wrong is None
    print(f"{good} of {len(found)} end in the reference, or are refused")
    return 0 if good == len(found) else 1


if __name__ == "__main__":
    sys.exit(main())
