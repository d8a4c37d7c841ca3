"""What is to be damaged: whole small films of many kinds, and the files beside them, each with the commands
that read it. The same bytes every time, so that a seed means the same damage."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from tests.material.fuzzing.bytes_changed import BLIND, Change
from tests.material.fuzzing.text_changed import TEXT
from tests.material.media_sources import Source, make

FRAMES = 8
ONE_THREAD = {"threads": "1"}
BITEXACT = {"fflags": "bitexact"}
IN_FRAGMENTS = {"movflags": "frag_keyframe+empty_moov", **BITEXACT}
X264 = {"preset": "ultrafast", "g": "4", "bf": "1", **ONE_THREAD}
SMALL = ("--model-size", "64", "--device", "cpu")
DECISIONS = """
[film]
saturation = 0.9
vivid = 0.3
hue_maps = ["blue -> brown"]
references = ["refs/other.png"]
[[shot]]
number = 1
starts = "0:00:00.000"
warmth = 0.2
keep = false
[[shot.points]]
frame = 2
x = 0.41
y = 0.30
color = "#6b4a2b"
radius = 0.03
[[shot.strokes]]
frame = 3
file = "strokes/3.png"
"""
FILM, RESULT = "film.mkv", "film.color.mkv"
COLORIZE = ("colorize", FILM, "-o", "out.mkv", *SMALL)

Command = tuple[str, ...]
Tcvc = Callable[[Path, Sequence[str]], None]  # runs the program in a folder, and it must end well


@dataclass(frozen=True, slots=True)
class Subject:
    """`victim` is damaged, which lies in `folder`, and one of the `commands` reads it. `frames` are those of
    the film that is given to `colorize`, as it was before."""

    name: str
    folder: Path
    victim: str
    commands: Sequence[Command]
    changes: tuple[Change, ...] = ()  # none: those of the container, and the blind ones
    frames: int = 0


def film_sources() -> dict[str, Source]:
    """By the names of their files."""

    def of(codec: str, **more: object) -> Source:
        options = X264 if codec == "libx264" else ONE_THREAD
        values = {"codec": codec, "frames": FRAMES, "options": options, "muxer_options": BITEXACT, **more}
        return Source(**values)  # type: ignore[arg-type]

    parts = {"has_subtitle": True, "has_chapters": True}
    checked = {"slicecrc": "1", "slices": "4", **ONE_THREAD}
    return {
        "h264.mkv": of("libx264", audio=("aac",), has_attachment=True, **parts),
        "h264.mp4": of("libx264", audio=("aac",), has_cover=True, **parts),
        "fragments.mov": of("libx264", audio=("pcm_s16le",), muxer_options=IN_FRAGMENTS),
        "h264.ts": of("libx264", audio=("mp2",)),
        "mpeg2.ts": of("mpeg2video", audio=("mp2",), options={"g": "4", **ONE_THREAD}),
        "mpeg2.mpg": of("mpeg2video", audio=("mp2",), options={"g": "4", **ONE_THREAD}),
        "mjpeg.avi": of("mjpeg", audio=("pcm_s16le",), is_full_range=True, pixel_format="yuvj420p"),
        "raw.avi": of("rawvideo", frames=3),
        "ffv1.mkv": of("ffv1", pixel_format="yuv422p10le", audio=("flac",), options=checked, **parts),
        "grey.mkv": of("ffv1", pixel_format="gray", options=checked, has_cover=True),
        "prores.mov": of(
            "prores_ks", pixel_format="yuv422p10le", audio=("pcm_s16le",), timecode="01:00:00:00"
        ),
        "mpeg2.mxf": of(
            "mpeg2video", pixel_format="yuv420p", width=64, height=64, options={"g": "1", **ONE_THREAD}
        ),
        "vp8.webm": of("libvpx", audio=("libopus",), options={"deadline": "realtime", **ONE_THREAD}),
        "raw.nut": of("rawvideo", frames=3),
        "raw.y4m": of("wrapped_avframe", frames=3),
    }


def films(folder: Path) -> list[Subject]:
    """One for each kind of film, coloured, listed or compared."""
    subjects = []
    for name, source in film_sources().items():
        place = folder / name.replace(".", "-")
        place.mkdir()
        make(place / name, source)
        shutil.copy(place / name, place / f"whole-{name}")
        for subtitle in place.glob("*.srt"):
            subtitle.unlink()
        subjects.append(Subject(name, place, name, _film_commands(name), (), source.frames))
    return subjects


def stills(folder: Path) -> list[Subject]:
    """Photographs, which are films of one frame."""
    place = folder / "stills"
    place.mkdir()
    grey = (np.arange(48 * 64) * 5 % 251).reshape(48, 64).astype(np.uint8)
    subjects = []
    for name in ("still.png", "still.jpg", "still.tiff", "still.webp"):
        cv2.imwrite(str(place / name), grey)
        colorize = ("colorize", name, *SMALL, "-o", "out.png")
        subjects.append(Subject(name, place, name, (colorize, (*colorize, "--json"), ("shots", name)), (), 1))
    return subjects


def _film_commands(name: str) -> tuple[Command, ...]:
    """Colouring oftener than the rest."""
    colorize = ("colorize", name, *SMALL, "--colour-parts", "recolour", "-o")
    return (
        (*colorize, "out.mkv", "--preset", "master"),
        (*colorize, "out.mkv", "--preset", "master"),
        (*colorize, "out.mkv", "--encoder-opt", "preset=ultrafast"),
        (*colorize, "out.mp4", "--json", "--encoder-opt", "preset=ultrafast"),
        ("colorize", name, *SMALL, "-o", "out.mkv", "--strict", "--preset", "master"),
        ("shots", name, "--json"),
        ("verify", f"whole-{name}", name, "--json"),
        ("verify", name, f"whole-{name}"),
    )


def side_files(folder: Path, tcvc: Tcvc) -> list[Subject]:
    """What lies beside a film or is given with it; made by the program where it makes such files."""
    place = folder / "beside"
    place.mkdir()
    film = make(
        place / FILM, Source("ffv1", "gray", frames=FRAMES, options=ONE_THREAD, muxer_options=BITEXACT)
    )
    tcvc(place, ("colorize", FILM, "-o", RESULT, *SMALL, "--preset", "master"))
    for kind in ("csv", "edl", "otio", "scenedetect"):
        name = f"shots.{kind}" if kind != "scenedetect" else "scenes.csv"
        tcvc(place, ("shots", FILM, "-o", name, "--as", kind))
    _write_decisions(place)
    _write_lists(place)
    master = (*COLORIZE, "--preset", "master")
    kept, shared = (_begun(film, folder / name) for name in ("kept", "shared"))
    tcvc(kept, (*master, "--keep-work"))
    for result in kept.glob("out.mkv*"):
        result.unlink()
    going_on = (master, (*master, "--json"), ("clean", ".", "--json"))
    for shard in ("1/2", "2/2"):
        tcvc(shared, (*master, "--shard", shard))
    joining = (("join", FILM, "-o", "out.mkv"), (*master, "--shard", "1/2"), master)
    return [
        *_about_results(place),
        *_about_decisions(place),
        *_about_programs(place),
        *_unfinished("unfinished", kept, going_on),
        *_unfinished("shared", shared, joining),
    ]


def _begun(film: Path, place: Path) -> Path:
    place.mkdir()
    shutil.copy(film, place)
    return place


def _write_decisions(place: Path) -> None:
    (place / "film.tcvc.toml").write_text(DECISIONS)
    (place / "refs").mkdir()
    (place / "strokes").mkdir()
    colors = np.arange(48 * 64 * 3, dtype=np.uint32).reshape(48, 64, 3) * 7 % 251
    for name in ("other.png", "ref_000003.jpg", "ref_000005.tiff", "more.webp"):
        cv2.imwrite(str(place / "refs" / name), colors.astype(np.uint8))
    cv2.imwrite(str(place / "strokes" / "3.png"), np.dstack([colors, colors[..., :1]]).astype(np.uint8))


def _write_lists(place: Path) -> None:
    (place / "options.toml").write_text(
        'interval = 4\noverlap = 5\npreset = "master"\nmemory = "900M"\nvivid = 0.4\n'
    )
    (place / "films.txt").write_text(f"{FILM}\nmissing.mkv\n\n./{FILM}\n")
    pace = {"first_s": 0.2, "unit_s": 0.025}
    runs = [{"key": 64 * "a", "paces": {"scan": pace, "work": pace}}]
    (place / "calibration.json").write_text(json.dumps({"schema": 1, "runs": runs}))
    row = {
        "name": "mine",
        "network": "mini",
        "version": "1",
        "file": "mine.safetensors",
        "size_bytes": 10781006,
        "sha256": "40489a547b2fd5c30e3b164309c6468977bb4f074b6571452f6c79c36edee80e",
        "licence": "MIT",
        "source": {"kind": "https", "url": "https://example.invalid/mine.safetensors"},
        "good_for": "tests",
        "citation": "none",
    }
    manifest = json.dumps({"schema": 1, "weights": [row, row | {"name": "more", "source": {"kind": "user"}}]})
    (place / "weights.json").write_text(manifest)
    data = Path(__file__).parents[3] / "tcvc_cli" / "model" / "data"
    shutil.copy(data / "tcvc-points.safetensors", place / "given.safetensors")


def _about_results(place: Path) -> list[Subject]:
    sidecar = f"{RESULT}.json"
    judging: tuple[Command, ...] = (("verify", FILM, RESULT), ("report", FILM))
    grading = ("grade", RESULT, "--warmth", "0.3", "-o", "out.mkv", "--preset", "master")
    more = (("sheet", FILM), ("bag", FILM, RESULT), ("colorize", FILM, "-o", RESULT, *SMALL))
    return [
        Subject("sidecar", place, sidecar, judging, TEXT),
        Subject("sidecar for grade", place, sidecar, (grading,), TEXT),
        Subject("sidecar for more", place, sidecar, more, TEXT),
        Subject("result", place, RESULT, (*judging, ("measure", RESULT, "--reference", FILM))),
    ]


def _about_decisions(place: Path) -> list[Subject]:
    colored = (*COLORIZE, "--encoder-opt", "preset=ultrafast")
    settings = ("settings", FILM, "--json")
    decide = ("settings", FILM, "--shot", "1", "--warmth", "0.5")
    return [
        Subject("settings", place, "film.tcvc.toml", (settings, decide, colored), TEXT),
        Subject("stroke", place, "strokes/3.png", (settings, colored)),
        *(
            _shot_list(place, name, colored)
            for name in ("shots.csv", "shots.edl", "shots.otio", "scenes.csv")
        ),
        *(
            Subject(f"reference {path.name}", place, f"refs/{path.name}", ((*colored, "--refs", "refs"),))
            for path in sorted((place / "refs").iterdir())
        ),
    ]


def _shot_list(place: Path, name: str, colored: Command) -> Subject:
    commands = (("settings", FILM, "--shots", name), (*colored, "--shots", name))
    return Subject(name, place, name, commands, TEXT, FRAMES)


def _about_programs(place: Path) -> list[Subject]:
    config, batch = ("--config", "options.toml"), ("batch", "films.txt", "-o", "out")
    weights = (
        ("weights", "verify", "given.safetensors"),
        ("weights", "import", "tcvc-idc", "given.safetensors"),
    )
    return [
        Subject("options", place, "options.toml", ((*config, "config", "show"), (*config, *COLORIZE)), TEXT),
        Subject("list of films", place, "films.txt", ((*batch, "--status"), (*batch, *SMALL)), TEXT),
        Subject("manifest", place, "weights.json", (("weights", "list"), ("weights", "show", "mine")), TEXT),
        Subject("weights", place, "given.safetensors", weights, BLIND),
        Subject("calibration", place, "calibration.json", ((*COLORIZE, "--dry-run"),), TEXT),
    ]


def _unfinished(what: str, kept: Path, commands: Sequence[Command]) -> list[Subject]:
    """Every file of a work folder: the run goes on, or begins again, and the film is all there."""
    (work,) = kept.glob(".*.work")
    names = sorted(path.name for path in work.iterdir() if path.stat().st_size)
    return [
        Subject(f"{what} {Path(name).suffix}", kept, f"{work.name}/{name}", commands, _kind(name), FRAMES)
        for name in names
    ]


def _kind(name: str) -> tuple[Change, ...]:
    return TEXT if name.endswith(".json") else ()
