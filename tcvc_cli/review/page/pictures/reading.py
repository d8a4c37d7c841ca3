"""The frames of the film and of its result that the page shows, in one walk through each."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

from tcvc_cli.errors import MediaError
from tcvc_cli.media.planes import Frame
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.seen.frame_index import frame_index
from tcvc_cli.records import FilmInfo
from tcvc_cli.review.page.jobs import ShotJob
from tcvc_cli.review.page.pictures.small import Bytes, Size, Source
from tcvc_cli.review.subject import Subject
from tcvc_cli.run.references.sampling import frames_at


@dataclass(frozen=True, slots=True)
class ShotPictures:
    """Of one shot: the `still` as it stands in the film, and in the result where it has that frame; the
    pictures of the clip, (h, w, 3) uint8 RGB. `after` is empty where the result lacks any of them."""

    job: ShotJob
    still: Frame
    result: Frame | None
    before: tuple[Bytes, ...]
    after: tuple[Bytes, ...]


def pictures_of_shots(
    subject: Subject, jobs: Sequence[ShotJob], clip_size: Size
) -> Generator[ShotPictures, None, None]:
    """In the order of the jobs; no more than one shot is held. Raises MediaError where the film ends before
    a shot does, and as `read_frames` and `show` do."""
    numbers = [number for job in jobs for number in job.frames]
    film = chosen_frames(subject.film, numbers)
    result = _ResultFrames(subject, numbers)
    for job in jobs:
        yield _pictures(subject, job, film, result, clip_size)


def chosen_frames(film: FilmInfo, numbers: Sequence[int]) -> Iterator[Frame]:
    """The frames of these rising numbers: by seeking where this process knows how, else in one walk."""
    if not numbers:
        return
    if frame_index(film, numbers[0], numbers[-1] + 1) is not None:
        yield from frames_at(film, numbers)
        return
    wanted = frozenset(numbers)
    for frame in read_frames(film, 0, numbers[-1] + 1):
        if frame.number in wanted:
            yield frame


class _ResultFrames:
    """Those of the result, as long as there are any."""

    def __init__(self, subject: Subject, numbers: Sequence[int]) -> None:
        inside = [place for place in map(subject.in_result, numbers) if place >= 0]
        self._frames = iter(()) if subject.result is None else chosen_frames(subject.result, inside)
        self._next: Frame | None = None

    def at(self, place: int) -> Frame | None:
        """Asked for in rising order; None of what there is not."""
        if place < 0:
            return None
        while self._next is None or self._next.number < place:
            self._next = next(self._frames, None)
            if self._next is None:
                return None
        return self._next if self._next.number == place else None


def _pictures(
    subject: Subject, job: ShotJob, film: Iterator[Frame], result: _ResultFrames, clip_size: Size
) -> ShotPictures:
    still: Frame | None = None
    colored: Frame | None = None
    before: list[Bytes] = []
    after: list[Bytes] = []
    moving = frozenset(job.clip_frames)
    for number in job.frames:
        frame = next(film, None)
        if frame is None or frame.number != number:
            raise MediaError(f"{subject.film.path.name} ended before frame {number}")
        other = result.at(subject.in_result(number))
        if number == job.still:
            still, colored = frame, other
        if number in moving:
            before.append(Source(subject.film).picture(frame, clip_size))
            if other is not None and subject.result is not None:
                after.append(Source(subject.result).picture(other, clip_size))
    assert still is not None
    is_complete = len(after) == len(before)
    return ShotPictures(job, still, colored, tuple(before), tuple(after) if is_complete else ())
