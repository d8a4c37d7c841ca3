"""Frames of a film as pictures, to be coloured better by a person and to come back as references."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Generator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tcvc_cli.color.chroma import rgb_from_planes
from tcvc_cli.color.grade import Grade
from tcvc_cli.color.matrix import with_matrix
from tcvc_cli.errors import InputError, OutputError, OutputExists, UsageError
from tcvc_cli.files import always, is_there, never, refuse_special, writing
from tcvc_cli.media.planes import Frame
from tcvc_cli.media.write.photograph import write_photograph
from tcvc_cli.names import Claims
from tcvc_cli.plan.takes import Take, takes
from tcvc_cli.records import Clip, FilmInfo, Shot, Window
from tcvc_cli.run.computing import Computing
from tcvc_cli.run.events import Event, FilmProbed, FrameExported, FramesDone, FramesExported, StageStarted
from tcvc_cli.run.film.output import inputs_of
from tcvc_cli.run.film.paint import PaintedFrame, paint
from tcvc_cli.run.film_memory.remember import remember
from tcvc_cli.run.film_memory.remembered import Rememberer
from tcvc_cli.run.film_memory.take_memory import NO_MEMORY, FilmMemory
from tcvc_cli.run.looks.decided import inputs_among, settings_of
from tcvc_cli.run.looks.film_looks import FilmLooks, find_looks
from tcvc_cli.run.plan import FilmPlan
from tcvc_cli.run.references.coverage import planned, scanned
from tcvc_cli.run.references.film_frames import FilmFrames
from tcvc_cli.run.references.find import find_references
from tcvc_cli.run.references.requests import Export
from tcvc_cli.run.references.sampling import frames_at, lightness_of
from tcvc_cli.run.references.worth_coloring import Chosen, frames_worth_coloring, one_of_each_shot
from tcvc_cli.settings.film.decisions import Look
from tcvc_cli.settings.reference import Reference

_EXISTS = "Use {overwrite} to overwrite it, or give another folder with {folder}."


def export_frames(request: Export) -> Generator[Event, None, None]:
    """Writes the frames that are wanted; nothing where one of the names is taken."""
    started, options = time.monotonic(), request.options
    plan, computing = planned(options)
    yield FilmProbed(plan.film, request.folder, options.model, plan.device, plan.precision)
    plan, found = yield from scanned(plan)
    looks = find_looks(plan, computing, found)
    references: tuple[Reference, ...] = ()
    if paths := (*options.references, *looks.base.references, *looks.references):
        references = yield from find_references(plan, found, paths)
    rememberer = Rememberer(plan, computing, FilmFrames(plan.film, found.stop))
    if request.frames is not None:
        chosen = Chosen(_in_film(request.frames.numbers, found.stop))
    elif request.choice == "every-shot":
        chosen = yield from one_of_each_shot(rememberer, found, request.most)
    else:
        chosen = yield from frames_worth_coloring(rememberer, found, references, request.most)
    if not chosen.frames:
        raise InputError(_nothing_left(found.shots), "Name frames with {frames}.")
    _make_folder(request, chosen.frames)
    memory = NO_MEMORY
    if not request.is_gray:
        with tempfile.TemporaryDirectory(prefix="tcvc-") as folder:
            memory = yield from remember(plan, computing, found, references, looks, Path(folder), "")
            files = yield from _write_all(request, plan, computing, found.shots, looks, memory, chosen.frames)
    else:
        files = yield from _write_all(request, plan, computing, found.shots, looks, memory, chosen.frames)
    yield FramesExported(request.folder, files, chosen.explained, time.monotonic() - started)


def picture_path(folder: Path, frame: int) -> Path:
    """A name by which the picture is known again."""
    return folder / f"ref_{frame:06d}.png"


def _in_film(numbers: tuple[int, ...], stop: int) -> tuple[int, ...]:
    if numbers[-1] >= stop:
        raise UsageError(f"the film has no frame {numbers[-1]}", f"Its frames are 0 to {stop - 1}.")
    return numbers


def _nothing_left(shots: Sequence[Shot]) -> str:
    if all(shot.is_in_color for shot in shots):
        return "the whole film is in colour already: no frame is worth colouring"
    return "the references explain the film as well as any frame of it could"


def _make_folder(request: Export, frames: Sequence[int]) -> None:
    """Raises OutputError or what `writing` does, before anything is written."""
    folder = request.folder
    if is_there(folder) and not folder.is_dir():
        raise OutputError(f"{folder} is not a folder")
    settings = settings_of(request.options)
    claims = Claims((*inputs_of(request.options), *inputs_among(settings)))
    for path in (picture_path(folder, frame) for frame in frames):
        claims.refuse_input(path)
        refuse_special(path)
        if is_there(path) and request.options.on_existing != "overwrite":
            raise OutputExists(f"{path} is there already", _EXISTS)
    with writing(folder):
        folder.mkdir(exist_ok=True)


def _write_all(
    request: Export,
    plan: FilmPlan,
    computing: Computing,
    shots: Sequence[Shot],
    looks: FilmLooks,
    memory: FilmMemory,
    frames: Sequence[int],
) -> Generator[Event, None, tuple[FrameExported, ...]]:
    yield StageStarted("export", len(frames))
    numbered = list(enumerate(takes(shots), 1))
    files: list[FrameExported] = []
    for frame in frames_at(plan.film, frames):
        number, take = next(one for one in numbered if frame.number < one[1].shot.stop)
        look = looks.of_shot(number)
        painted = _gray(frame) if request.is_gray else _colored(plan, computing, memory, take, look, frame)
        path = picture_path(request.folder, frame.number)
        write_photograph(
            picture_of_frame(plan.film, painted, look.grade),
            path,
            may_replace=always if plan.options.on_existing == "overwrite" else never,
            is_computed=not request.is_gray and painted.ab is not None,
        )
        files.append(FrameExported(path, frame.number, number))
        yield files[-1]
        yield FramesDone("export", len(files))
    return tuple(files)


def _gray(frame: Frame) -> PaintedFrame:
    return PaintedFrame(frame, np.zeros((2, 1, 1), np.float32))


def _colored(
    plan: FilmPlan, computing: Computing, memory: FilmMemory, take: Take, look: Look, frame: Frame
) -> PaintedFrame:
    """As an anchor of its shot; a frame that is in colour already keeps its own."""
    if take.shot.is_in_color:
        return PaintedFrame(frame, None)
    window = Window((Clip(frame.number, frame.number),), (Fraction(1),))
    remembered = memory.of(take)  # points are spread over the colours of the palette that they were given for
    computing.choose(look)
    colors = computing.engine.window(lightness_of(plan, frame), window, None, remembered)
    return PaintedFrame(frame, colors.ab[0].float().numpy())


def picture_of_frame(
    film: FilmInfo, painted: PaintedFrame, grade: Grade
) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """(H, W, 3) RGB as a player shows the coloured frame, uint8, or uint16 where the film has more bits."""
    whole = replace(
        film.pixel_format, name="yuv444p", chroma_shift_x=0, chroma_shift_y=0, is_grey=False, is_rgb=False
    )
    frame = paint(film, whole, painted, grade)
    assert frame.cb is not None
    assert frame.cr is not None
    color = with_matrix(film.color, height_px=film.height_px)
    rgb = rgb_from_planes(frame.luma, frame.cb, frame.cr, pixel_format=whole, color=color)
    values = np.clip(rgb, 0, 1)
    if film.pixel_format.bit_depth > 8:
        return np.asarray(np.rint(values * 65535), np.uint16)
    return np.asarray(np.rint(values * 255), np.uint8)
