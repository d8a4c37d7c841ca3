"""A folder as `tcvc review` writes it, with pictures that are made up: what the page is tested with."""

from __future__ import annotations

import base64
import io
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, Final

import av
import jinja2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

import tcvc_cli.review
from tcvc_cli.color.lab import rgb_from_lab
from tcvc_cli.settings.film.clock import clock_time
from tcvc_cli.settings.film.hue_names import named_hues

ASSETS: Final = Path(tcvc_cli.review.__file__).parent / "assets"
STILL_PX: Final = (480, 270)
THUMB_PX: Final = (256, 144)
CLIP_PX: Final = (320, 180)
FRAMES_A_SHOT: Final = 48
FRAME_RATE: Final = Fraction(24)
Floats = NDArray[np.float32]
Record = dict[str, Any]
PLAIN_LOOK: Final[Record] = {
    "palette": 0,
    "vivid": None,
    "saturation": 1.0,
    "warmth": 0.0,
    "hue_maps": [],
    "keep": False,
    "locked": False,
    "same_as": None,
    "points": 0,
    "references": 0,
}


@dataclass(frozen=True, slots=True)
class Made:
    """What stands in a folder. `looks` and `reasons` by the number of a shot; `served` is what the server
    answers for `data/served.js`. Only `pictures` shots look different from each other."""

    shots: int = 6
    file: str = "film.mkv"
    title: str = ""
    settings: str = ""
    palettes: tuple[int, ...] = (0, 1, 2, 3, 4)
    vivid: float | None = 0.2
    looks: dict[int, Record] = field(default_factory=dict)
    reasons: dict[int, list[str]] = field(default_factory=dict)
    in_color: tuple[int, ...] = ()
    has_clips: bool = True
    pictures: int = 24
    served: Record | None = None


@cache
def picture_lab(seed: int, size_px: tuple[int, int], shift: float = 0.0) -> tuple[Floats, Floats]:
    """L* (h, w) in [0, 100] and ab (h, w, 2) of a made-up landscape with a house and a person."""
    width, height = size_px
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / np.float32(height)
    x -= np.float32(shift)
    light = 78 - 22 * y + 3 * np.sin(9 * x + random.uniform(0, 6)) * np.cos(14 * y)
    ab = np.stack([-4 - 4 * y, -26 + 22 * y], axis=-1)
    for layer in range(3):
        top = 0.42 + 0.15 * layer + 0.06 * np.sin(x * random.uniform(2, 5) + random.uniform(0, 6))
        inside = y > top
        light[inside] = (58 - 14 * layer + 26 * (y - top) + 2 * np.sin(60 * x + 80 * y))[inside]
        ab[inside] = (-16 + 9 * layer + random.uniform(-6, 6), 16 + 6 * layer + random.uniform(-8, 8))
    hues = random.uniform(0, 2 * np.pi, 2)
    left = random.uniform(0.2, 0.9)
    house = (abs(x - left) < 0.16) & (y > 0.45) & (y < 0.72)
    light[house], ab[house] = 66, 22 * np.array([np.cos(hues[0]), np.sin(hues[0])])
    middle = random.uniform(0.7, 1.4)
    coat = (abs(x - middle) < 0.09 + 0.08 * (y - 0.6)) & (y > 0.6)
    head = (x - middle) ** 2 + (y - 0.54) ** 2 < 0.0045
    light[coat], ab[coat] = 34, 38 * np.array([np.cos(hues[1]), np.sin(hues[1])])
    light[head], ab[head] = 70, (14, 19)
    return np.clip(light, 2, 98).astype(np.float32), ab.astype(np.float32)


def rgb_of(light: Floats, ab: Floats) -> NDArray[np.uint8]:
    """(h, w, 3) uint8 sRGB."""
    lab = np.concatenate([light[..., None], ab], axis=-1).astype(np.float32)
    return np.asarray(np.rint(rgb_from_lab(lab, clip=True) * 255), np.uint8)


def uri_of(picture: NDArray[np.uint8], kind: str = "png") -> str:
    """`kind`: png or jpeg."""
    return f"data:image/{kind};base64," + base64.b64encode(_bytes(picture, kind)).decode()


def _bytes(picture: NDArray[np.uint8], kind: str) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, kind, **({"quality": 88} if kind == "jpeg" else {}))
    return file.getvalue()


def light_picture(light: Floats) -> NDArray[np.uint8]:
    return np.asarray(np.rint(light * 2.55), np.uint8)


def ab_picture(ab: Floats) -> NDArray[np.uint8]:
    bytes_of_ab = np.clip(np.rint(ab + 128), 0, 255).astype(np.uint8)
    return np.concatenate([bytes_of_ab, np.full((*ab.shape[:2], 1), 128, np.uint8)], axis=-1)


def colorings(ab: Floats, palettes: Sequence[int]) -> Iterator[tuple[Record, Floats]]:
    """Made-up palettes: the hues are turned; vivid lifts pale colours by half."""
    yield {"of": "result"}, ab * np.float32(1.08)
    for palette in palettes:
        angle = 0.9 * palette
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        turned = np.asarray(ab @ turn.T, np.float32)
        for vivid, factor in ((0, 1.0), (1, 1.5)) if palette < 2 else ((None, 1.0),):
            yield {"of": "palette", "palette": palette, "vivid": vivid}, turned * np.float32(factor)


def in_script(value: object) -> str:
    """JSON that ends no script and no line of one."""
    text = json.dumps(value, ensure_ascii=False)
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


def write_folder(folder: Path, made: Made | None = None) -> Path:
    """`index.html` of the folder, which is made."""
    made = made or Made()
    shutil.copytree(ASSETS, folder / "assets")
    page = (folder / "assets" / "index.html").read_text(encoding="utf-8")
    template = jinja2.Environment(autoescape=True).from_string(page)
    (folder / "assets" / "index.html").unlink()
    (folder / "index.html").write_text(template.render(title=made.title or made.file), encoding="utf-8")
    (folder / "data" / "shots").mkdir(parents=True)
    (folder / "thumbs").mkdir()
    write_served(folder, made.served)
    write_film(folder, made)
    for number in range(1, made.shots + 1):
        write_thumbs(folder, made, number)
        write_shot(folder, made, number)
    (folder / "review.json").write_text(json.dumps({"schema": 1, "kind": "tcvc-review"}))
    return folder / "index.html"


def write_served(folder: Path, served: Record | None) -> None:
    (folder / "data" / "served.js").write_text(f"tcvcReview.served = {in_script(served)};\n")


def write_film(folder: Path, made: Made) -> None:
    (folder / "data" / "film.js").write_text(
        f"tcvcReview.film({in_script(film_record(made))});\n", encoding="utf-8"
    )


def film_record(made: Made) -> Record:
    stem = made.file.rsplit(".", 1)[0]
    return {
        "schema": 1,
        "film": {
            "file": made.file,
            "result": f"{stem}.color.mkv",
            "title": made.title,
            "frames": made.shots * FRAMES_A_SHOT,
            "frame_rate": "24/1",
            "width": 640,
            "height": 360,
            "model": "tcvc-dino",
        },
        "settings": {"file": f"{stem}.tcvc.toml", "text": made.settings},
        "command": ["tcvc", "colorize", made.file, "-y"],
        "palettes": list(made.palettes),
        "hues": [list(one) for one in named_hues()],
        "defaults": {"vivid": made.vivid, "radius": 0.02},
        "shots": [shot_record(made, number) for number in range(1, made.shots + 1)],
    }


def shot_record(made: Made, number: int) -> Record:
    start = (number - 1) * FRAMES_A_SHOT
    reasons = made.reasons.get(
        number, [["flickers"], ["unsure", "few colours"], [], ["out of line"]][number % 4]
    )
    return {
        "number": number,
        "start": start,
        "stop": start + FRAMES_A_SHOT,
        "starts": clock_time(start / FRAME_RATE),
        "seconds": float(FRAMES_A_SHOT / FRAME_RATE),
        "in_colour": number in made.in_color,
        "thumb": {
            "before": f"thumbs/{number:04}.before.jpg",
            "after": f"thumbs/{number:04}.after.jpg",
            "width": THUMB_PX[0],
            "height": THUMB_PX[1],
        },
        "look": PLAIN_LOOK | made.looks.get(number, {}),
        "report": {
            "place": (number * 7) % made.shots + 1 if made.shots % 7 else number,
            "expected_error": 4.0 + number % 9,
            "reasons": reasons,
            "chroma": 12.5,
            "flicker": 0.031,
            "drift": None,
            "doubt": 7.25,
            "disagreement": None,
            "coverage": None,
        },
    }


def seed_of(made: Made, number: int) -> int:
    return (number - 1) % made.pictures + 1


def write_thumbs(folder: Path, made: Made, number: int) -> None:
    for name, picture in zip(("before", "after"), thumbs(seed_of(made, number)), strict=True):
        (folder / "thumbs" / f"{number:04}.{name}.jpg").write_bytes(picture)


@cache
def thumbs(seed: int) -> tuple[bytes, bytes]:
    """JPEG, before and after."""
    light, ab = picture_lab(seed, THUMB_PX)
    return _bytes(rgb_of(light, ab * 0), "jpeg"), _bytes(rgb_of(light, ab), "jpeg")


def write_shot(folder: Path, made: Made, number: int) -> None:
    start, seed = (number - 1) * FRAMES_A_SHOT, seed_of(made, number)
    still = still_record(seed, made.palettes) | {"frame": start + FRAMES_A_SHOT // 2}
    clip = clip_record(seed) if made.has_clips else None
    if clip is not None:
        clip = clip | {"frames": [start + frame for frame in clip["frames"]]}
    text = f"tcvcReview.shot({number}, {in_script({'still': still, 'clip': clip})});\n"
    (folder / "data" / "shots" / f"{number:04}.js").write_text(text)


@cache
def still_record(seed: int, palettes: tuple[int, ...]) -> Record:
    """All but its frame."""
    light, ab = picture_lab(seed, STILL_PX)
    small = ab[::2, ::2]
    return {
        "width": STILL_PX[0],
        "height": STILL_PX[1],
        "light": uri_of(light_picture(light)),
        "colors": [{**of, "src": uri_of(ab_picture(one))} for of, one in colorings(small, palettes)],
    }


@cache
def clip_record(seed: int, frames: int = 12) -> Record:
    """Every fourth frame of a shot, counted from its first."""
    width, height = CLIP_PX
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=12, options={"crf": "28", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = width, 2 * height, "yuv420p"
        for index in range(frames):
            light, ab = picture_lab(seed, CLIP_PX, shift=0.01 * index)
            both = np.concatenate([rgb_of(light, ab * 0), rgb_of(light, ab)])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(both, format="rgb24")))
        container.mux(stream.encode(None))
    return {
        "src": "data:video/mp4;base64," + base64.b64encode(file.getvalue()).decode(),
        "frames": [4 * index for index in range(frames)],
        "fps": 12,
        "width": width,
        "height": height,
    }
