"""What an event says to a person, in plain lines."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from tcvc_cli.cli.console import name, one_line, size
from tcvc_cli.measure.proof.checks import Check
from tcvc_cli.records import CarriedStream, DroppedStream, FilmInfo, Shot, StreamInfo
from tcvc_cli.run.events import (
    Event,
    FileEnded,
    FileTold,
    FilmProbed,
    Finished,
    FrameExported,
    FramesExported,
    GradingStarted,
    PalettesLaid,
    Piped,
    Planned,
    Prepared,
    Proved,
    ReferencesFound,
    Resumed,
    SegmentDone,
    ShotsFound,
    Skipped,
    StartedAfresh,
    Steadied,
    StreamsCarried,
    Warned,
)
from tcvc_cli.run.machines.events import ShareFinished, Waiting
from tcvc_cli.run.showing_events import (
    ComparisonStarted,
    ComparisonWritten,
    PreviewMade,
    PreviewPart,
    ReviewBuilt,
    SheetsLaid,
)
from tcvc_cli.settings.film.clock import clock_time

if TYPE_CHECKING:
    from tcvc_cli.run.film_memory.used_reference import UsedReference


def film_line(probed: FilmProbed) -> str:
    film = probed.film
    # Only decoding tells how many frames there are.
    count = f", about {film.frame_count} frames" if film.frame_count > 1 else ""
    moving = f"{float(film.frame_rate):.5g} fps{count}"
    kind = "photograph" if film.is_photograph else moving
    picture = f"{film.width_px}x{film.height_px} {film.pixel_format.name}"
    model = f"{one_line(probed.model)} on {probed.device} ({probed.precision})"
    settings = "" if probed.settings is None else f"; settings {name(probed.settings)}"
    return f"{name(film.path)}: {picture}, {kind}; {model}{settings}"


def grading_line(event: GradingStarted) -> str:
    """For example `film.color.mkv: 640x480 yuv420p, 12 parts; luma of film.mkv`."""
    film = event.film
    picture = f"{film.width_px}x{film.height_px} {film.pixel_format.name}"
    luma = "its own luma" if event.luma_from == film.path else f"luma of {name(event.luma_from)}"
    return f"{name(film.path)}: {picture}, {counted(event.parts, 'part')}; {luma}"


def comparison_line(event: ComparisonStarted) -> str:
    """For example `film.mkv and film.color.mkv: 1280x480, from frame 24 of the first`."""
    films = f"{name(event.before.path)} and {name(event.after.path)}: {event.width_px}x{event.height_px}"
    return f"{films}, from frame {event.first_frame} of the first" if event.first_frame else films


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


def lost_line(carried: CarriedStream) -> str:
    return f"lost     {stream_name(carried.stream)}: {one_line(', '.join(carried.lost))}"


def check_line(check: Check, wide: int = 0) -> str:
    """A row of a proof; subjects fill up `wide` columns."""
    verdict = "FAILS" if check.verdict == "fails" else check.verdict
    return f"{verdict:9}  {one_line(check.subject):{wide}}  {one_line(check.words)}"


def summary(checks: Sequence[Check]) -> str:
    """How many rows of each verdict there are: `20 hold, 1 converted, 1 dropped, 2 fail`."""
    verdicts = [check.verdict for check in checks]
    names = {"holds": "hold", "converted": "converted", "dropped": "dropped", "fails": "fail"}
    counts = {names[verdict]: verdicts.count(verdict) for verdict in names if verdict in verdicts}
    return ", ".join(f"{count} {name}" for name, count in counts.items())


def finished_line(event: Finished) -> str:
    speed = f" ({event.frames / event.seconds:.1f} frames/s)" if event.seconds > 0 else ""
    return (
        f"{name(event.output)}: {event.frames} frames in {event.seconds:.1f} s{speed};"
        f" sidecar {name(event.sidecar)}"
    )


def color_lines(shots: Sequence[Shot]) -> list[str]:
    """A line for each shot that is passed through, for it is in colour already or somebody wants it so."""
    return [
        f"kept     shot {number}, frames {shot.start} to {shot.stop - 1}: as it is"
        for number, shot in enumerate(shots, 1)
        if shot.is_in_color
    ]


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
    takes = f"time about {rough_time(planned.estimated_s)}, size about {rough_size(planned.estimated_mib)}"
    there = [f"{name(path)} is there already; -y overwrites it" for path in planned.existing]
    return [*rows, f"{total}; {takes}", *there]


def rough_time(seconds: float) -> str:
    """`7 s`, or from a minute on `0:01:05`."""
    if seconds < 1:
        return "1 s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours or minutes else f"{rest} s"


def rough_size(mib: float) -> str:
    """In KiB below one MiB, where `size` would round to nothing."""
    return size(mib) if mib >= 1 else f"{max(1, round(mib * 1024))} KiB"


def warnings_in(event: Event) -> list[str]:
    """What must be said even under -q: colour is added, and nothing is dropped in silence."""
    match event:
        case Warned():
            return [f"warning: {one_line(event.message)}"]
        case FileEnded(state="failed"):
            return [ended_line(event)]
        case FileTold():
            return [f"{name(event.input)}: {line}" for line in warnings_in(event.told)]
        case StartedAfresh():
            return [f"warning: what an earlier run left is not used: {one_line(event.why)}"]
        case StreamsCarried():
            lost = [lost_line(row) for row in event.carried if row.lost]
            return [f"warning: {line}" for line in [*map(dropped_line, event.dropped), *lost]]
        case Proved():
            return [check_line(check) for check in event.proof.checks if check.verdict == "fails"]
    return []


def ended_line(ended: FileEnded) -> str:
    why = f": {one_line(ended.message)}" if ended.message else ""
    return f"{name(ended.input)}: {ended.state}{why}"


def shot_line(number: int, shot: Shot) -> str:
    mixed = shot.dissolve
    begins = "" if mixed is None else f", dissolved in over frames {mixed.start} to {mixed.stop - 1}"
    return f"shot     {number}: frames {shot.start} to {shot.stop - 1}{begins}"


def reference_line(used: UsedReference) -> str:
    """For example `ref_000123.png: frame 123, by its name; for shots 2, 4 to 7`."""
    from tcvc_cli.settings.reference import finding_line  # which loads OpenCV

    shots = f"shot{'' if len(used.shots) == 1 else 's'} {numbers(used.shots)}" if used.shots else "no shot"
    return one_line(f"{finding_line(used.reference)}; for {shots}")


def numbers(rising: Sequence[int]) -> str:
    """`1, 2, 4 to 7`: three and more in a row are a range."""
    runs = groupby(enumerate(rising), lambda pair: pair[1] - pair[0])
    rows = [[number for _, number in run] for _, run in runs]
    return ", ".join(f"{row[0]} to {row[-1]}" if len(row) > 2 else ", ".join(map(str, row)) for row in rows)


def exported_line(event: FramesExported) -> str:
    frames = f"{name(event.folder)}: {counted(len(event.files), 'frame')}"
    if event.explained is None:
        return frames
    explain = "explains" if len(event.files) == 1 else "explain"
    return f"{frames}, which {explain} {event.explained:.0%} of what is to be coloured"


def preview_lines(event: PreviewMade) -> list[str]:
    """A line for each excerpt, and one for all of them."""
    shots = f"{len(event.parts)} of {counted(event.shots, 'shot')}"
    done = f"{name(event.output)}: {shots}, {counted(event.frames, 'frame')} in {event.seconds:.1f} s"
    return [*map(part_line, event.parts), done]


def part_line(part: PreviewPart) -> str:
    """For example `0:00:03.000  shot 12, from 0:03:12.000`."""
    return f"{clock_time(part.shown_s)}  shot {part.shot}, from {clock_time(part.starts_s)}"


def counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def resumed_line(event: Resumed) -> str:
    """What is kept, and why not more of it."""
    shots = f"{event.shots} complete shot{'' if event.shots == 1 else 's'}"
    kept = f"going on with {event.frames} frames that an earlier run finished, among them {shots}"
    return f"{kept}; {one_line(event.changes)}" if event.changes else kept


def share_line(event: ShareFinished) -> str:
    """For example `shard 2/4: 7 shots, 812 frames in 33.1 s; 3 shots of the film are with others`."""
    done = f"shard {event.shard.index}/{event.shard.count}: {counted(event.shots, 'shot')}"
    done += f", {event.frames} frames in {event.seconds:.1f} s"
    if event.missing:
        are = "is" if event.missing == 1 else "are"
        return f"{done}; {counted(event.missing, 'shot')} of the film {are} with others"
    return f"{done}; all of the film is there: tcvc join puts it together"


def review_line(event: ReviewBuilt) -> str:
    """For example `film.review: 12 shots, 3 of them new, in 4.2 s; open film.review/index.html`."""
    made = "" if len(event.made) == event.shots else f", {len(event.made)} of them new,"
    page = name(event.folder / "index.html")
    return f"{name(event.folder)}: {counted(event.shots, 'shot')}{made} in {event.seconds:.1f} s; open {page}"


def steadied_line(event: Steadied) -> str:
    """For example `steady   flicker 0.31 before, 0.0063 after; chroma 23.7 before, 23.9 after`."""
    flicker = ["none" if one is None else f"{one:.2g}" for one in (event.flicker_before, event.flicker_after)]
    return (
        f"steady   flicker {flicker[0]} before, {flicker[1]} after;"
        f" chroma {event.chroma_before:.3g} before, {event.chroma_after:.3g} after"
    )


def prepared_lines(event: Prepared) -> list[str]:
    wide, high = event.model_size_px
    model = (
        f"model    sees {wide}x{high} px; anchors every {event.interval_frames} frames; windows of up to"
        f" {event.window_frames} frames, {event.overlap_frames} shared; {event.threads} threads"
    )
    if event.encoder is None:
        return [model]
    settings = " ".join(f"{key}={value}" for key, value in event.encoder_options) or "no settings"
    return [model, one_line(f"encoder  {event.encoder}, {event.pixel_format}; {settings}")]


def details_of(event: Event) -> list[str]:
    """What -v adds."""
    match event:
        case FilmProbed():
            kinds = [f"input    {stream_name(stream)}" for stream in event.film.streams]
            return [f"input    {one_line(event.film.container)}", *kinds, f"output   {name(event.output)}"]
        case Prepared():
            return prepared_lines(event)
        case ShotsFound():
            return [shot_line(number, shot) for number, shot in enumerate(event.shots, 1)]
        case SegmentDone():
            return [f"segment  {event.number} of {event.segment_count}: {event.frames} frames on disk"]
        case Finished() if event.timings:
            took = ", ".join(f"{stage} {seconds:.1f} s" for stage, seconds in event.timings)
            return [f"took     {one_line(took)}"]
    return []


def lines_of(event: Event) -> list[str]:
    """All that the event says, warnings included; nothing for what only moves a progress bar."""
    match event:
        case FilmProbed():
            return [film_line(event)]
        case GradingStarted():
            return [grading_line(event)]
        case ShotsFound():
            return [f"shots {len(event.shots)}, anchors {event.anchor_count}", *color_lines(event.shots)]
        case ReferencesFound():
            return [reference_line(one) for one in event.references]
        case Resumed():
            return [resumed_line(event)]
        case Waiting():
            return [one_line(event.message)]
        case ShareFinished():
            return [share_line(event)]
        case StreamsCarried():
            return [carried_line(row) for row in event.carried] + warnings_in(event)
        case Skipped():
            return [f"{name(event.output)} is there already: skipped"]
        case Proved() if event.holds:
            return [f"proof    {summary(event.proof.checks)}"]
        case FileEnded():
            return [ended_line(event)]
        case FrameExported():
            return [f"{name(event.file)}: frame {event.frame}, of shot {event.shot}"]
        case FramesExported():
            return [exported_line(event)]
        case PalettesLaid():
            sheets = ", ".join(map(name, event.sheets))
            return [f"{sheets}: {counted(event.shots, 'shot')}"]
        case SheetsLaid():
            alone = "" if event.result else "; there is no result: the film alone"
            return [f"{', '.join(map(name, event.sheets))}: {counted(event.shots, 'shot')}{alone}"]
        case ComparisonStarted():
            return [comparison_line(event)]
        case ComparisonWritten():
            return [f"{name(event.output)}: {event.frames} frames in {event.seconds:.1f} s"]
        case PreviewMade():
            return preview_lines(event)
        case ReviewBuilt():
            return [review_line(event)]
        case Piped():
            return [f"stdout: {event.frames} frames as {event.format} in {event.seconds:.1f} s"]
        case Steadied():
            return [steadied_line(event)]
        case Finished():
            return [finished_line(event)]
    return warnings_in(event)
