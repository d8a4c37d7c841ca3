"""What an event says to a person, in plain lines."""

from __future__ import annotations

from fractions import Fraction

from tcvc_cli.cli.console import name, one_line, size
from tcvc_cli.records import CarriedStream, DroppedStream, FilmInfo, Shot, StreamInfo
from tcvc_cli.run.events import (
    Event,
    FileEnded,
    FilmProbed,
    Finished,
    Piped,
    Planned,
    Resumed,
    ShotsFound,
    Skipped,
    StartedAfresh,
    StreamsCarried,
    Warned,
)
from tcvc_cli.run.shot_list import clock_time


def film_line(probed: FilmProbed) -> str:
    film = probed.film
    # Only decoding tells how many frames there are.
    moving = f"{float(film.frame_rate):.5g} fps, about {film.frame_count} frames"
    kind = "photograph" if film.is_photograph else moving
    picture = f"{film.width_px}x{film.height_px} {film.pixel_format.name}"
    model = f"{one_line(probed.model)} on {probed.device} ({probed.precision})"
    return f"{name(film.path)}: {picture}, {kind}; {model}"


def stream_name(stream: StreamInfo) -> str:
    """For example `#2 audio opus (fra) "Commentary"`."""
    words = [f"#{stream.index} {stream.kind} {stream.codec}"]
    words += [f"({stream.language})"] if stream.language else []
    words += [f'"{stream.title}"'] if stream.title else []
    return one_line(" ".join(words))


def carried_line(carried: CarriedStream) -> str:
    return f"carried  {stream_name(carried.stream)}: {one_line(carried.how)}"


def dropped_line(dropped: DroppedStream) -> str:
    return f"dropped  {stream_name(dropped.stream)}: {one_line(dropped.why)}"


def finished_line(event: Finished) -> str:
    speed = f" ({event.frames / event.seconds:.1f} frames/s)" if event.seconds > 0 else ""
    return (
        f"{name(event.output)}: {event.frames} frames in {event.seconds:.1f} s{speed};"
        f" sidecar {name(event.sidecar)}"
    )


def anchors_in(planned: Planned, shot: Shot) -> int:
    return sum(shot.start <= anchor < shot.stop for anchor in planned.anchors)


def plan_lines(planned: Planned, film: FilmInfo) -> list[str]:
    """A line a shot, `[first frame, last frame]`, and what the run would take."""
    rows = [
        f"shot {number}: frames {shot.start} to {shot.stop - 1}, from {clock_time(at)}, anchors {anchors}"
        for number, shot in enumerate(planned.shots, 1)
        for at, anchors in [(shot.start / film.frame_rate, anchors_in(planned, shot))]
    ]
    total = f"shots {len(planned.shots)}, anchors {len(planned.anchors)}"
    takes = f"about {clock_time(Fraction(round(planned.estimated_s)))}, about {size(planned.estimated_mib)}"
    return [*rows, f"{total}; {takes}"]


def warnings_in(event: Event) -> list[str]:
    """What must be said even under -q: colour is added, and nothing is dropped in silence."""
    match event:
        case Warned():
            return [f"warning: {one_line(event.message)}"]
        case FileEnded(state="failed"):
            return [ended_line(event)]
        case StartedAfresh():
            return [f"warning: what an earlier run left is not used: {one_line(event.why)}"]
        case StreamsCarried():
            return [f"warning: {dropped_line(row)}" for row in event.dropped]
    return []


def ended_line(ended: FileEnded) -> str:
    why = f": {one_line(ended.message)}" if ended.message else ""
    return f"{name(ended.input)}: {ended.state}{why}"


def lines_of(event: Event) -> list[str]:
    """All that the event says, warnings included; nothing for what only moves a progress bar."""
    match event:
        case FilmProbed():
            return [film_line(event)]
        case ShotsFound():
            return [f"shots {len(event.shots)}, anchors {event.anchor_count}"]
        case Resumed():
            return [f"going on after {event.frames} frames that an earlier run finished"]
        case StreamsCarried():
            return [carried_line(row) for row in event.carried] + warnings_in(event)
        case Skipped():
            return [f"{name(event.output)} is there already: skipped"]
        case FileEnded():
            return [ended_line(event)]
        case Piped():
            return [f"stdout: {event.frames} frames as {event.format} in {event.seconds:.1f} s"]
        case Finished():
            return [finished_line(event)]
    return warnings_in(event)
