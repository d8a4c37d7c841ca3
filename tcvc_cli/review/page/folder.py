"""The folder of a page: what of it is ours, and how a new one takes the place of an old one."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tcvc_cli.errors import OutputError, OutputExists
from tcvc_cli.files import is_plain, is_plain_folder, is_there, rename_new, writing
from tcvc_cli.names import REVIEW_KIND, REVIEW_MARK, refuse_long
from tcvc_cli.plain import from_json
from tcvc_cli.review.page.identity import FileMark
from tcvc_cli.review.page.javascript import NAMESPACE, call
from tcvc_cli.review.page.pictures.shot_data import ShotData
from tcvc_cli.run.resume.drafts.page import DATA, PAGE_BEFORE, PAGE_DRAFT, SHOTS, THUMBS, strangers
from tcvc_cli.run.resume.drafts.reserve import folder_draft

SCHEMA: Final = 1
_MOST_MARK_BYTES: Final = 64 << 20


@dataclass(frozen=True, slots=True)
class Mark:
    """Says that a folder is a page of ours, and what it shows. `shots` are the fingerprints of its shots."""

    schema: int
    kind: str
    film: FileMark
    result: FileMark | None
    shots: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShotFiles:
    """The names of the files of a shot, below the folder. `digits` wide numbers sort as they count."""

    number: int
    digits: int = 4

    @property
    def name(self) -> str:
        return f"{self.number:0{self.digits}}"

    @property
    def script(self) -> str:
        return f"{DATA}/{SHOTS}/{self.name}.js"

    @property
    def before(self) -> str:
        return f"{THUMBS}/{self.name}.before.jpg"

    @property
    def after(self) -> str:
        return f"{THUMBS}/{self.name}.after.jpg"


def digits_for(shots: int) -> int:
    return max(4, len(str(shots)))


@dataclass(frozen=True, slots=True)
class EarlierPage:
    """A page that is there already; `numbers` are those of its shots by their fingerprints."""

    folder: Path
    numbers: Mapping[str, int]

    def take_over(self, fingerprint: str, target: Path, files: ShotFiles) -> bool:
        """Copy the files of that shot, under new names, into the folder `target`; False where they are not
        all there."""
        number = self.numbers.get(fingerprint)
        if number is None:
            return False
        own = ShotFiles(number, digits_for(len(self.numbers)))
        script = read_script(self.folder / own.script, number)
        if script is None or not is_plain(self.folder / own.before):
            return False
        (target / files.script).write_bytes(call("shot", files.number, script))
        shutil.copyfile(self.folder / own.before, target / files.before)
        if is_plain(self.folder / own.after):
            shutil.copyfile(self.folder / own.after, target / files.after)
        return True


def read_script(path: Path, number: int) -> ShotData | None:
    """What the script of a shot holds; None where it is not plainly that: the folder may have come from
    anywhere, and what is in it is to run in a page that may write settings."""
    head, tail = f"{NAMESPACE}.shot({number},", ");\n"
    try:
        text = path.read_bytes().decode("ascii") if is_plain(path) else ""
        if not (text.startswith(head) and text.endswith(tail)):
            return None
        data = from_json(ShotData, text.removeprefix(head).removesuffix(tail))
    except (OSError, ValueError):
        return None
    return data if data.is_plain else None


def earlier_page(folder: Path) -> EarlierPage | None:
    """What is there under the name; None where there is nothing. Raises OutputExists, or OutputError, for
    whatever is not a page of ours, and nothing else."""
    refuse_long(folder)
    if not is_there(folder):
        return None
    mark = _mark(folder)
    if mark is None:
        raise OutputExists(
            f"{folder} is there already, and is no page of tcvc review", "Give another folder with {output}."
        )
    stranger = next(strangers(folder), None)
    if stranger is not None:
        raise OutputExists(
            f"{folder} holds {stranger}, which is not of the page and would be lost",
            "Move it elsewhere, or give another folder with {output}.",
        )
    return EarlierPage(folder, {one: number for number, one in enumerate(mark.shots, 1)})


def _mark(folder: Path) -> Mark | None:
    path = folder / REVIEW_MARK
    if not is_plain_folder(folder) or not is_plain(path):
        return None
    try:
        if path.stat().st_size > _MOST_MARK_BYTES:
            return None
        mark = from_json(Mark, path.read_bytes())
    except (OSError, ValueError):
        return None
    return mark if mark.kind == REVIEW_KIND else None


@contextmanager
def new_page(folder: Path, film: Path, earlier: EarlierPage | None) -> Iterator[Path]:
    """A new folder in a work folder, which becomes `folder` when the block ends well, in the place of the
    `earlier` page; when it does not, all is as it was. Raises OutputBusy while another process makes this
    page, and as `files.writing` does."""
    with writing(folder), folder_draft(folder, film, PAGE_DRAFT) as draft:
        yield draft
        if earlier is None:
            rename_new(draft, folder)
        else:
            _replace(folder, draft, draft.with_name(PAGE_BEFORE))


def _replace(folder: Path, draft: Path, aside: Path) -> None:
    earlier_page(folder)  # something may have been put there meanwhile
    rename_new(folder, aside)
    try:
        earlier_page(aside)
        rename_new(draft, folder)
    except BaseException:
        rename_new(aside, folder)
        raise


def refuse_inside(folder: Path, inputs: Iterable[Path]) -> None:
    """Nothing that is read may lie in the folder, which is replaced as a whole. Raises OutputError."""
    for path in inputs:
        if folder.resolve() in (path.resolve(), *path.resolve().parents):
            raise OutputError(f"{path} lies in {folder}, where the page is written")
