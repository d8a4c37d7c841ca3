"""The story of a page: read what is decided, look at every shot, write the folder."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tcvc_cli.media.inspect.title import title_of
from tcvc_cli.model.colorizer import BUILT_IN, DEFAULT, names, printable, stated_abilities
from tcvc_cli.names import REVIEW_KIND, REVIEW_MARK, Claims
from tcvc_cli.plain import to_json
from tcvc_cli.review.finding import find_subject
from tcvc_cli.review.page import folder as folders
from tcvc_cli.review.page.assets import write_assets
from tcvc_cli.review.page.command import coloring_command, given_options
from tcvc_cli.review.page.decided import SettingsText, looks_of, read_text
from tcvc_cli.review.page.film_data import (
    SCHEMA,
    Defaults,
    FilmData,
    FilmFacts,
    SettingsFacts,
    ShotFacts,
    Thumb,
    shot_facts,
)
from tcvc_cli.review.page.folder import EarlierPage, Mark, ShotFiles, digits_for, earlier_page, new_page
from tcvc_cli.review.page.identity import mark_of
from tcvc_cli.review.page.javascript import assignment, call
from tcvc_cli.review.page.jobs import Origin, ShotJob, jobs_of
from tcvc_cli.review.page.pictures.palettes import OWN_VIVID, Painter
from tcvc_cli.review.page.pictures.reading import pictures_of_shots
from tcvc_cli.review.page.pictures.shares import Share, share_of
from tcvc_cli.review.page.pictures.shot_files import THUMB_PX, ShotWriter
from tcvc_cli.review.page.request import ReviewRequest
from tcvc_cli.review.pictures import picture_size
from tcvc_cli.review.report.ranking import ranked
from tcvc_cli.review.subject import Subject
from tcvc_cli.run.events import Event, FramesDone, StageStarted, Warned
from tcvc_cli.run.options.colors import PALETTES
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.references.coverage import planned
from tcvc_cli.run.resume.drafts.page import DATA, SHOTS, THUMBS
from tcvc_cli.run.resume.source_file import refuse_pipe
from tcvc_cli.run.showing_events import ReviewBuilt
from tcvc_cli.settings.film.decisions import DEFAULT_RADIUS
from tcvc_cli.settings.film.hue_names import named_hues


@dataclass(frozen=True, slots=True)
class _Review:
    """All that is known before the first picture is made."""

    request: ReviewRequest
    subject: Subject
    settings: SettingsText
    jobs: tuple[ShotJob, ...]
    origin: Origin
    share: Share
    painter: Painter | None

    @property
    def digits(self) -> int:
        return digits_for(len(self.jobs))

    def files(self, job: ShotJob) -> ShotFiles:
        return ShotFiles(job.number, self.digits)


def build(request: ReviewRequest) -> Generator[Event, None, Subject]:
    """Writes the folder; ends with ReviewBuilt, and returns what it is about. Shots that an earlier page
    shows as they would be shown now are taken over from it.

    Raises OutputError where the folder cannot be, BadSettings for settings that do not fit the film, and what
    `find_subject`, `planned` and `pictures_of_shots` raise; nothing is left half-written.
    """
    started = time.monotonic()
    refuse_pipe(request.options.input)
    earlier = earlier_page(request.folder)
    settings = read_text(request)
    options = request.options
    subject = yield from find_subject(options.input, request.result, shots_file=options.shots_file)
    _refuse_inputs(request, subject, settings)
    review = yield from _planned(request, subject, settings)
    with new_page(request.folder, request.options.input, earlier) as draft:
        made = yield from _write(review, earlier, draft)
    yield ReviewBuilt(request.folder, len(review.jobs), time.monotonic() - started, made)
    return subject


def model_of(subject: Subject) -> str:
    """The name of the network whose colourings are shown: that of the result, or else the default."""
    return subject.sidecar.model.name if subject.sidecar else DEFAULT


def _refuse_inputs(request: ReviewRequest, subject: Subject, settings: SettingsText) -> None:
    """Raises OutputIsInput or OutputError."""
    result = () if subject.result is None else (subject.result.path,)
    inputs = (request.options.input, *result, settings.path)
    Claims(inputs).refuse_input(request.folder)
    folders.refuse_inside(request.folder, inputs)


def _planned(
    request: ReviewRequest, subject: Subject, settings: SettingsText
) -> Generator[Event, None, _Review]:
    looks = looks_of(subject, settings.settings)
    painter: Painter | None = None
    if not request.is_without_palettes:
        painter = yield from _painter(request, subject)
    origin = Origin(
        film=mark_of(subject.film.path),
        result=None if subject.result is None else mark_of(subject.result.path),
        palettes=None if painter is None else painter.identity,
    )
    share = share_of(len(subject.shots))
    jobs = jobs_of(subject, looks, origin, share)
    return _Review(request, subject, settings, jobs, origin, share, painter)


def _painter(request: ReviewRequest, subject: Subject) -> Generator[Event, None, Painter | None]:
    """None, and a warning, where the network is not to be had that made the result."""
    model = model_of(subject)
    if model not in names():
        yield Warned(f"there is no model {printable(model)} here: its other colourings are left out")
        return None
    size_px = given_options(subject).get("model_size_px")
    options = Options(
        request.options.input, model=model, device=request.options.device, model_size_px=size_px
    )
    plan, computing = planned(options)
    return Painter(plan, computing)


def _write(
    review: _Review, earlier: EarlierPage | None, draft: Path
) -> Generator[Event, None, tuple[int, ...]]:
    """Returns the numbers of the shots that were made anew."""
    for below in (f"{DATA}/{SHOTS}", THUMBS):
        (draft / below).mkdir(parents=True)
    write_assets(draft, _title(review))
    fresh = [
        job
        for job in review.jobs
        if earlier is None or not earlier.take_over(job.fingerprint, draft, review.files(job))
    ]
    yield from _write_shots(review, fresh, draft)
    (draft / DATA / "served.js").write_bytes(assignment("served", None))
    (draft / DATA / "film.js").write_bytes(call("film", _film_data(review, draft)))
    fingerprints = tuple(job.fingerprint for job in review.jobs)
    mark = Mark(folders.SCHEMA, REVIEW_KIND, review.origin.film, review.origin.result, fingerprints)
    (draft / REVIEW_MARK).write_text(to_json(mark) + "\n", "ascii")
    return tuple(job.number for job in fresh)


def _write_shots(review: _Review, fresh: Sequence[ShotJob], draft: Path) -> Iterator[Event]:
    yield StageStarted("review", len(fresh))
    writer = ShotWriter(review.subject, review.share, review.painter)
    clip_size = picture_size(review.subject.film, review.share.clip_side_px)
    with closing(pictures_of_shots(review.subject, fresh, clip_size)) as shots:
        for done, pictures in enumerate(shots, 1):
            writer.write(pictures, draft, review.files(pictures.job))
            yield FramesDone("review", done)
    if review.painter is not None:
        yield from map(Warned, review.painter.computing.engine.take_notices())


def _title(review: _Review) -> str:
    return f"{review.request.options.input.name} - tcvc review"


def _film_data(review: _Review, draft: Path) -> FilmData:
    subject, settings = review.subject, review.settings
    film, result, sidecar = subject.film, subject.result, subject.sidecar
    palettes = _palettes(review)
    return FilmData(
        schema=SCHEMA,
        film=FilmFacts(
            file=film.path.name,
            result=None if result is None else result.path.name,
            title=title_of(film.path),
            frames=subject.shots[-1].stop - subject.shots[0].start,
            frame_rate=film.frame_rate,
            width=film.width_px,
            height=film.height_px,
            model=sidecar.model.name if sidecar else None,
        ),
        settings=SettingsFacts(settings.path.name, settings.text),
        command=coloring_command(subject, review.request.options.settings_file),
        palettes=palettes,
        hues=named_hues(),
        defaults=Defaults(_own_vivid(review), DEFAULT_RADIUS),
        shots=tuple(_shots(review, draft)),
    )


def _shots(review: _Review, draft: Path) -> Iterator[ShotFacts]:
    said = {one.start: one for one in ranked(review.subject)}
    film = review.subject.film
    width, height = picture_size(film, THUMB_PX)
    for job in review.jobs:
        files = review.files(job)
        after = files.after if (draft / files.after).is_file() else None
        thumb = Thumb(files.before, after, width, height)
        yield shot_facts(job, film.frame_rate, said.get(job.take.shot.start), thumb)


def _palettes(review: _Review) -> tuple[int, ...]:
    """The numbers that a person can choose among."""
    painter, stated = review.painter, stated_abilities(model_of(review.subject))
    able = stated if painter is None else painter.computing.loaded.colorizer.abilities
    return () if able is None or not able.palettes else tuple(range(min(able.palettes, PALETTES[-1]) + 1))


def _own_vivid(review: _Review) -> float | None:
    built_in = BUILT_IN.get(model_of(review.subject))
    return OWN_VIVID if built_in is not None and built_in.abilities.is_vivid_at_will else None
