"""Which names a run writes or removes, all of them decided before the work; and that none is an input."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tcvc_cli.errors import OutputError, OutputIsInput

WORK_SUFFIX = ".work"
_REVIEW = ".review"
REVIEW_MARK, REVIEW_KIND = "review.json", "tcvc-review"  # the file in the folder of a page, and its kind
_NAME_BYTES = 120  # of the 255 that a name may have
_USUAL_MOST_BYTES = 255
SHEET_SUFFIX = ".png"
_SHEET = re.compile(r".+\.(palettes|sheet)(-[0-9]+)?\.png", re.DOTALL)
_SHOWING = re.compile(r".+\.(preview|compare)\.(mkv|mp4|m4v|mov)", re.DOTALL)
_OTHER_NAME = "Give a shorter name with {output}."


def sidecar_path(result: Path) -> Path:
    """`film.color.mkv` -> `film.color.mkv.json`."""
    return result.with_name(result.name + ".json")


def proof_path(result: Path) -> Path:
    """`film.color.mkv` -> `film.color.mkv.proof.json`."""
    return result.with_name(result.name + ".proof.json")


def premis_path(result: Path) -> Path:
    """`film.color.mkv` -> `film.color.mkv.premis.xml`."""
    return result.with_name(result.name + ".premis.xml")


def credentials_path(result: Path) -> Path:
    """`film.color.mkv` -> `film.color.mkv.c2pa`, of a result that has no place for them."""
    return result.with_name(result.name + ".c2pa")


def palettes_path(film: Path) -> Path:
    """`film.mkv` -> `film.palettes.png`, the first sheet of its palettes."""
    return film.with_name(f"{film.stem}.palettes.png")


def sheet_path(film: Path) -> Path:
    """`film.mkv` -> `film.sheet.png`, its contact sheet."""
    return film.with_name(f"{film.stem}.sheet.png")


def preview_path(film: Path) -> Path:
    """`film.mkv` -> `film.preview.mkv`, a second of each of its most different shots."""
    return film.with_name(f"{film.stem}.preview.mkv")


def review_path(film: Path) -> Path:
    """`film.mkv` -> `film.review`, the folder of its page."""
    return film.with_name(f"{film.stem}{_REVIEW}")


def compare_path(film: Path) -> Path:
    """`film.mkv` -> `film.compare.mp4`, the film and another one side by side."""
    return film.with_name(f"{film.stem}.compare.mp4")


def is_sheet_path(path: Path) -> bool:
    """Whether a sheet could be called so, of shots or of palettes, the second `film.sheet-2.png`."""
    return _SHEET.fullmatch(path.name) is not None


def is_showing_path(path: Path) -> bool:
    """Whether a film for showing could be called so, a preview or a comparison."""
    return _SHOWING.fullmatch(path.name) is not None


def is_review_path(path: Path) -> bool:
    """Whether the folder of a page could be called so."""
    return path.suffix == _REVIEW and path.stem != ""


def refuse_no_sheet(sheet: Path | None) -> None:
    """Raises OutputError for a name that is not that of a PNG."""
    if sheet is not None and sheet.suffix.lower() != SHEET_SUFFIX:
        advice = f"Give a name that ends in {SHEET_SUFFIX}."
        raise OutputError(f"a sheet cannot be written as {sheet.name}", advice)


def work_folder_of(result: Path, work_dir: Path | None = None) -> Path:
    """Hidden, beside the result or in `work_dir`; the same one for the same result, run after run."""
    key = result.name if work_dir is None else str(result.absolute())
    name = os.fsencode(result.name)[:_NAME_BYTES].decode(errors="ignore")
    digest = hashlib.sha256(os.fsencode(key)).hexdigest()[:8]
    return (work_dir or result.parent) / f".{name}.{digest}{WORK_SUFFIX}"


@dataclass(frozen=True, slots=True)
class Names:
    """What a run about one film writes: `files` are the result and, after it, those beside it; in `folders`
    it works, and removes what it made."""

    files: tuple[Path, ...]
    folders: tuple[Path, ...]

    @property
    def result(self) -> Path:
        return self.files[0]


def names_of(
    result: Path,
    *,
    is_proved: bool = False,
    has_premis: bool = False,
    has_credentials: bool = False,
    work_dir: Path | None = None,
) -> Names:
    """With a proof, a PREMIS record and content credentials in a file of their own, where they are wanted."""
    wanted = (
        (sidecar_path, True),
        (proof_path, is_proved),
        (premis_path, has_premis),
        (credentials_path, has_credentials),
    )
    beside = tuple(path_of(result) for path_of, is_wanted in wanted if is_wanted)
    folders = dict.fromkeys((work_folder_of(result), work_folder_of(result, work_dir)))
    return Names((result, *beside), tuple(folders))


def refuse_long(path: Path) -> None:
    """Raises OutputError for a name that the folder's file system does not take."""
    size, most = len(os.fsencode(path.name)), _longest_bytes(path.parent)
    if size > most:
        raise OutputError(f"the name {path.name} is too long: {size} bytes, {most} fit", _OTHER_NAME)


def _longest_bytes(folder: Path) -> int:
    try:
        return os.pathconf(folder, "PC_NAME_MAX")
    except (OSError, ValueError, AttributeError):
        return _USUAL_MOST_BYTES


_read_first: list[Path] = []


def protect_config(files: Iterable[Path]) -> None:
    """What the command has read before it knew its inputs is no name either, in any `Claims` from now on."""
    _read_first[:] = files


class Claims:
    """The inputs of a command, and the names that its films have claimed: no name is an input, and no two
    films write one."""

    def __init__(self, inputs: Iterable[Path] = ()) -> None:
        self._places: dict[Path, Path] = {}
        self._identities: dict[tuple[int, int], Path] = {}
        self._folders: set[Path] = set()
        self._owners: dict[Path, Path] = {}
        self._alike: dict[tuple[Path, str], list[Path]] = {}
        self.protect((*_read_first, *inputs))

    def protect(self, inputs: Iterable[Path]) -> None:
        """None of these files may be written or removed."""
        for path in inputs:
            places = {_place(path), path.resolve()}
            self._places |= dict.fromkeys(places, path)
            self._folders |= {place.parent for place in places}
            identity = _identity(path)
            if identity is not None:
                self._identities[identity] = path

    def claim(self, names: Names, film: Path) -> None:
        """All the names of one film. Raises OutputIsInput, or OutputError when another film has one."""
        for path in names.files:
            self.refuse_input(path)
        for folder in names.folders:
            if folder.resolve() in self._folders:
                raise OutputIsInput(f"an input lies in {folder}, where tcvc would work and tidy up")
        for path in names.files:
            self.take(path, film)

    def take(self, path: Path, owner: Path) -> None:
        """One name. Raises OutputError when another owner has it."""
        place = _place(path)
        alike = self._alike.setdefault((place.parent, folded(place.name)), [])
        same = next((one for one in alike if one == place or is_one_name(one, place)), place)
        has_it = self._owners.setdefault(same, owner)
        if has_it != owner:
            raise OutputError(
                f"{path.name} would be the result of {has_it.name} too", "Give them other names."
            )
        alike.append(place)

    def refuse_input(self, path: Path) -> None:
        """Raises OutputIsInput."""
        identity = _identity(path)
        found = self._places.get(_place(path)) or (self._identities.get(identity) if identity else None)
        if found is not None:
            raise OutputIsInput(f"{path} is the input" + (f" {found}" if found != path else ""))


def folded(name: str) -> str:
    """The same for all names that some file system takes for one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def is_one_name(first: Path, second: Path) -> bool:
    """Whether the folder takes two names for one, whatever the case of letters and how they are composed. No
    system says so: it is tried, with a new file in the nearest folder that is there."""
    folder = next((one for one in first.parents if one.is_dir()), Path())
    start = f".{secrets.token_hex(4)}."
    trial = folder / (start + first.name)
    try:
        os.close(os.open(trial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError:
        return False
    try:
        return os.path.lexists(folder / (start + second.name))
    finally:
        trial.unlink(missing_ok=True)


def _place(path: Path) -> Path:
    """The name itself, which may be a link, in its true folder."""
    return path.parent.resolve() / path.name


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
