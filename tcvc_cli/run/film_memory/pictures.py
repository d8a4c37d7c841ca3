"""The pictures that may count for shots, by name: fetched when they are needed, a few of them held."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import torch

from tcvc_cli.errors import OutputError
from tcvc_cli.model.memory.entries import Remembered
from tcvc_cli.plain import to_json
from tcvc_cli.run.film_memory.remembered import Rememberer
from tcvc_cli.run.looks.pointed_frames import PointedFrame
from tcvc_cli.run.resume.settled_frames import SettledFrames, read_settled
from tcvc_cli.settings.reference import Reference

MOST_HELD = 32  # references as large as the model's input, in the computer's memory


class Pictures:
    """Names say what a picture is: another file, place or weight, another name."""

    def __init__(
        self,
        rememberer: Rememberer,
        references: Sequence[Reference],
        pointed: Sequence[PointedFrame] = (),
    ) -> None:
        weight = rememberer.plan.options.references_weight
        self.references: Mapping[str, Reference] = {reference_name(one, weight): one for one in references}
        self.pointed: Mapping[str, PointedFrame] = {one.name: one for one in pointed}
        self._files: dict[str, tuple[Path, int]] = {}
        self._settled_frames: dict[str, int] = {}
        self._coarse: dict[str, Remembered] = {}
        self._rememberer = rememberer
        self._remembered = lru_cache(MOST_HELD)(self._looked_at)

    def _looked_at(self, name: str) -> Remembered:
        if name in self.pointed:
            return self._rememberer.pointed(self.pointed[name])
        return self._rememberer.reference(self.references[name])

    def frame_given_by(self, name: str) -> int | None:
        """The frame of the film for which a picture gives colours; None where it gives none."""
        if name in self.pointed:
            return self.pointed[name].frame
        return self.references[name].frame if name in self.references else None

    def frame_settled_by(self, name: str) -> int | None:
        """The frame of the film that a settled picture is, the first where several are the same; None of
        others."""
        return self._settled_frames.get(name)

    def named(self, name: str) -> Remembered:
        """Raises what is wrong with the file of a reference by now."""
        if name in self.references or name in self.pointed:
            return self._remembered(name)
        file, index = self._files[name]
        settled = read_settled(file)
        if settled is None:
            raise OutputError(f"{file} cannot be used", "Run the same command again, which makes it anew.")
        return remembered_of(settled)[index]

    def coarse(self, name: str) -> Remembered:
        """What it looks like, which is enough to choose it."""
        if name not in self._coarse:
            self._coarse[name] = replace(self.named(name), fine=None)
        return self._coarse[name]

    def add(self, file: Path, settled: SettledFrames) -> tuple[str, ...]:
        """The names of frames that lie in `file`."""
        names = [f"settled {one}" for one in content_names(settled)]
        for index, (name, frame) in enumerate(zip(names, settled.frames, strict=True)):
            self.add_settled(name, file, index, frame)
        return tuple(names)

    def add_settled(self, name: str, file: Path, index: int, frame: int) -> None:
        """The picture `index` in `file`, which is `frame` of the film."""
        self._files[name] = file, index
        self._settled_frames.setdefault(name, frame)

    def settled(self) -> Iterator[tuple[str, Path, int, int]]:
        """What `add_settled` was given."""
        for name, (file, index) in self._files.items():
            yield name, file, index, self._settled_frames[name]


def reference_name(reference: Reference, weight: float) -> str:
    """What of a reference counts for pixels; its weight where it shows another scene."""
    place = reference.frame, reference.picture_frame, tuple(map(repr, reference.box))
    return f"reference {reference.sha256} {to_json(place)} {weight if reference.frame is None else 1}"


def content_names(settled: SettledFrames) -> list[str]:
    return [
        hashlib.sha256(places.tobytes() + lab.tobytes()).hexdigest()
        for places, lab in zip(settled.places, settled.lab, strict=True)
    ]


def remembered_of(settled: SettledFrames) -> tuple[Remembered, ...]:
    frames = zip(settled.frames, settled.places, settled.lab, strict=True)
    return tuple(
        Remembered(
            "settled",
            torch.from_numpy(places.view("int16")).view(torch.bfloat16),
            torch.from_numpy(lab[:1]),
            torch.from_numpy(lab[1:]),
            torch.ones(1, *lab.shape[1:]),
            frame,
        )
        for frame, places, lab in frames
    )
