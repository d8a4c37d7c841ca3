"""Which of libav's encoders writes the picture, with which settings, and which planes it takes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from types import MappingProxyType

import av
import cv2
from av.codec.codec import UnknownCodecError
from av.codec.context import CodecOption, ThreadType

from tcvc_cli.errors import OutputError, UsageError
from tcvc_cli.media.planes import DEPTHS, pixel_format, planar_name
from tcvc_cli.media.write.encoder_options import check_wish
from tcvc_cli.records import Encoding, FilmInfo, PixelFormat

_NO_SETTINGS: Mapping[str, str] = MappingProxyType({})
_X264 = MappingProxyType(
    {
        "crf": "13",
        "preset": "faster",
        "flags": "+cgop",
        # Half the time of what the preset has there with crf 14, and as near the source (docs/encoders.md).
        "x264-params": "trellis=0:partitions=i8x8:subme=5",
    }
)
NO_TREE = "mbtree=0"  # of x264's parameters, wherever it is used
_X264_PARAMS = "x264-params"
_AVX_512F = 13  # cv::CpuFeatures; OpenCV's Python has no name for it
_THREADS = 4
_DNXHR = MappingProxyType({"yuv422p10le": "dnxhr_hqx", "yuv444p10le": "dnxhr_444"})
_LEAST_DNXHR = (256, 120)  # width and height in px
_FFV1 = MappingProxyType({"level": "3", "slicecrc": "1"})
PRESETS: Mapping[str, tuple[str, Mapping[str, str]]] = MappingProxyType(
    {
        "access": ("libx264", _X264),
        "master": ("ffv1", _FFV1),
        "prores": ("prores_ks", MappingProxyType({"profile": "hq"})),
        "dnxhr": ("dnxhd", MappingProxyType({"profile": "dnxhr_hq"})),
    }
)
# What an encoder that is asked for by name begins with: about as good as `access`, groups of pictures closed.
_SETTINGS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "libx264": _X264,
        "libx265": {
            "crf": "16",
            "preset": "fast",
            "x265-params": f"open-gop=0:log-level=error:pools={_THREADS}:frame-threads=2",
        },
        "libsvtav1": {"crf": "18", "preset": "8", "svtav1-params": "irefresh-type=2"},
        "libvpx-vp9": {"crf": "16", "b": "0", "cpu-used": "4", "row-mt": "1", "auto-alt-ref": "0"},
        "ffv1": _FFV1,
    }
)
_OF_HARDWARE = {
    "nvenc": {"rc": "vbr", "cq": "16"},
    "qsv": {"global_quality": "16"},
}
_NAMED = ("libx264", "libx265", "libsvtav1", "libvpx-vp9", "ffv1", "prores_ks", "dnxhd", "jpeg2000")
_NAMED_HARDWARE = ("nvenc", "qsv", "amf", "videotoolbox", "v4l2m2m")
_QUALITY = ("crf", "cq", "global_quality")  # what encoders call it, the first that there is
_JOINED = (_X264_PARAMS, "x265-params", "svtav1-params")  # lists, which a user's are added to
_CROPPED_BY_CHROMA = ("h264", "hevc")  # crop by whole samples of chroma only
_SHIFTS = ((0, 0), (1, 0), (0, 1), (1, 1), (2, 0), (2, 2))
_SEMI_PLANAR = MappingProxyType(
    {"yuv420p": "nv12", "yuv422p": "nv16", "yuv420p10le": "p010le", "yuv422p10le": "p210le"}
)
_GOP_FRAMES = 240


@dataclass(frozen=True, slots=True)
class Encoder:
    """A codec of libav with its settings. `coding` is FFmpeg's name of what it writes, `formats` the
    planar Y'CbCr formats that it keeps as they are.

    `threads` is the same on every machine: how far motion is searched for, and so what x264 and x265
    write, depends on it.
    """

    codec: str
    coding: str
    options: Mapping[str, str]
    formats: tuple[PixelFormat, ...]
    gop_size: int
    thread_type: ThreadType
    threads: int = _THREADS


def encoding_of(preset: str | Encoding) -> Encoding:
    """A preset's name stands for the preset as it is."""
    return Encoding(preset) if isinstance(preset, str) else preset


def encoder_of(preset: str | Encoding) -> Encoder:
    """Raises UsageError for a preset, an encoder or a setting that does not exist."""
    wish = encoding_of(preset)
    if wish.preset not in PRESETS:
        takes = f"It is one of: {', '.join(PRESETS)}."
        raise UsageError(f"there is no preset {wish.preset}", takes, option="preset")
    name, settings = PRESETS[wish.preset]
    formats = _formats_of(name)
    if wish.preset == "prores":
        formats = tuple(one for one in formats if one.name == "yuv422p10le")
    if wish.encoder is not None:
        name, formats = wish.encoder, _formats_of(wish.encoder)
        settings = _SETTINGS.get(name, _OF_HARDWARE.get(name.split("_")[-1], _NO_SETTINGS))
    if name == "libsvtav1":
        os.environ.setdefault("SVT_LOG", "1")  # or it greets everybody on stderr
    codec = av.Codec(name, "w")
    is_intra = codec.intra_only or name == "ffv1"
    return Encoder(
        codec=name,
        coding=codec.canonical_name,
        options=_with_wishes(name, _repeatable(name, _own_preset(settings, wish)), wish),
        formats=formats,
        gop_size=1 if is_intra else _GOP_FRAMES,
        thread_type=ThreadType.SLICE if is_intra else ThreadType.FRAME,
    )


def output_format(film: FilmInfo, preset: str | Encoding) -> PixelFormat:
    """The planes that the encoder is given: the film's depth or the next one that the encoder has, and
    chroma no coarser than the film's wherever it can.

    Grey films get 4:2:0 unless the encoding says otherwise, RGB 4:4:4. H.264 and H.265 take odd sizes in
    4:4:4 only, so an odd film gets that. Raises OutputError when the encoder would lower the depth.
    """
    encoder, source = encoder_of(preset), film.pixel_format
    deep = sorted({one.bit_depth for one in encoder.formats if one.bit_depth >= source.bit_depth})
    names = {one.name for one in encoder.formats}
    for shifts, depth in product(_shifts_by_liking(*_wanted_shifts(source, encoding_of(preset))), deep):
        for shift_x, shift_y in shifts:
            name = planar_name(bit_depth=depth, shift_x=shift_x, shift_y=shift_y)
            if name in names and _divides_evenly(film, encoder, shift_x, shift_y):
                return pixel_format(name)
    if deep:
        raise OutputError(f"{encoder.codec} takes no picture of {film.width_px}x{film.height_px} px")
    raise OutputError(
        f"the film has {source.bit_depth} bit and {encoder.codec} cannot keep them",
        f"Use {{preset}} master, which keeps every bit, or {{encoder}} {_keepers(source.bit_depth)}.",
    )


def states_each_order(preset: str | Encoding) -> bool:
    """True where every coded frame says whether it is interlaced, and in which order."""
    return encoder_of(preset).codec == "ffv1"


def layout_for(codec: str, picture: PixelFormat) -> str:
    """FFmpeg's name of the layout in which the encoder takes these planes."""
    taken = {one.name for one in av.Codec(codec, "w").video_formats or ()}
    return picture.name if picture.name in taken else _SEMI_PLANAR[picture.name]


def _repeatable(name: str, settings: Mapping[str, str]) -> Mapping[str, str]:
    """Without what keeps x264 from writing the same stream twice: its macroblock tree, and its code for
    AVX-512.

    `mbtree_propagate_list` for AVX-512 (core 165) takes eight macroblocks at a time and has no remainder:
    where a row is no multiple of 128 px wide, it adds what happens to lie in memory behind the row.
    """
    if name != "libx264":
        return settings
    own = settings.get(_X264_PARAMS)
    has_avx_512 = cv2.checkHardwareSupport(_AVX_512F)
    params = filter(None, (own, NO_TREE, "asm=avx2" if has_avx_512 else None))
    return {**settings, _X264_PARAMS: ":".join(params)}


def _own_preset(settings: Mapping[str, str], wish: Encoding) -> Mapping[str, str]:
    """A preset of x264's that the user names counts as it is: without what is changed in ours."""
    if settings is _X264 and any(key == "preset" for key, _ in wish.options):
        return {key: value for key, value in settings.items() if key != _X264_PARAMS}
    return settings


def _with_wishes(name: str, settings: Mapping[str, str], wish: Encoding) -> Mapping[str, str]:
    supported = _supported_options(name)
    options = dict(settings)
    if wish.crf is not None:
        key = next((key for key in _QUALITY if key in supported), None)
        if key is None or name in ("ffv1", "prores_ks"):
            raise UsageError(f"{name} has no crf", "Set what it has with {encoder_options}.", option="crf")
        options[key] = str(wish.crf)
    for key, value in wish.options:
        if key not in supported:
            raise UsageError(
                f"{name} has no option {key}",
                f"See: ffmpeg -h encoder={name}.",
                option="encoder_options",
            )
        check_wish(name, key, supported[key], value)
        options[key] = f"{options[key]}:{value}" if key in _JOINED and key in options else value
    if any(key == "qp" for key, _ in wish.options):
        options.pop("crf", None)
    return MappingProxyType(options)


@lru_cache(maxsize=64)
def _supported_options(name: str) -> Mapping[str, str]:
    """By name, what libav calls the type of what each takes."""
    options = av.CodecContext.create(name, "w").supported_options
    own = {option.name: _type_of(option) for option in options.private}
    generic = {option.name: _type_of(option) for option in options.generic}
    if not name.endswith("_qsv"):
        generic.pop("global_quality", None)
    return MappingProxyType({**generic, **own})


def _type_of(option: CodecOption) -> str:
    """What PyAV knows no name for, a later libav's, counts as one that may hold anything."""
    return str(getattr(option.type, "name", "BINARY"))


@lru_cache(maxsize=64)
def _formats_of(name: str) -> tuple[PixelFormat, ...]:
    """Raises UsageError with the names that there are when there is no video encoder `name`."""
    try:
        codec = av.Codec(name, "w") if name.isascii() and name.isprintable() else None
    except UnknownCodecError:
        codec = None
    if codec is None or codec.type != "video":
        raise UsageError(
            f"there is no encoder {name}", f"These are there: {', '.join(_there())}.", option="encoder"
        )
    taken = {one.name for one in codec.video_formats or ()}
    found = (planar_name(bit_depth=d, shift_x=x, shift_y=y) for d in DEPTHS for x, y in _SHIFTS)
    # NVENC takes samples of 16 bit and keeps ten of them.
    most = 10 if name.endswith("_nvenc") else 16
    kept = (one for one in found if one in taken or _SEMI_PLANAR.get(one) in taken)
    return tuple(one for one in map(pixel_format, kept) if one.bit_depth <= most)


def _there() -> Iterator[str]:
    for name in sorted(av.codecs_available):
        if name in _NAMED or name.split("_")[-1] in _NAMED_HARDWARE:
            try:
                if av.Codec(name, "w").type == "video":
                    yield name
            except UnknownCodecError:
                continue


def _keepers(bit_depth: int) -> str:
    deepest = {name: max((one.bit_depth for one in _formats_of(name)), default=0) for name in _there()}
    names = [name for name, depth in deepest.items() if depth >= bit_depth]
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _wanted_shifts(source: PixelFormat, wish: Encoding) -> tuple[int, int]:
    if source.is_grey:
        return {"420": (1, 1), "422": (1, 0), "444": (0, 0)}[wish.grey_chroma]
    return (0, 0) if source.is_rgb else (source.chroma_shift_x, source.chroma_shift_y)


def _shifts_by_liking(wanted_x: int, wanted_y: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """As wanted, then ever finer; and, where nothing finer is to be had at any depth, ever coarser."""
    finer = [(x, y) for x, y in _SHIFTS if x <= wanted_x and y <= wanted_y]
    coarser = [one for one in _SHIFTS if one not in finer]
    return sorted(finer, key=sum, reverse=True), sorted(coarser, key=sum)


def settings_for(encoder: Encoder, picture: PixelFormat) -> dict[str, str]:
    """The encoder's options for planes in this format: each profile of DNxHR is for one of them."""
    options = dict(encoder.options)
    if options.get("profile") == "dnxhr_hq":
        options["profile"] = _DNXHR.get(picture.name, "dnxhr_hq")
    return options


def refuse_unfit(film: FilmInfo, encoder: Encoder) -> None:
    """Raises OutputError for a film that DNxHR, where it is chosen, cannot hold as it is."""
    if not encoder.options.get("profile", "").startswith("dnxhr"):
        return
    advice, (width, height) = "Use {preset} prores.", _LEAST_DNXHR
    if film.width_px < width or film.height_px < height:
        size = f"{film.width_px}x{film.height_px}"
        raise OutputError(
            f"DNxHR takes pictures of {width}x{height} px and more, the film has {size}", advice
        )
    if film.fields != "none":
        raise OutputError("DNxHR knows no fields, and the film is interlaced", advice)


def _divides_evenly(film: FilmInfo, encoder: Encoder, shift_x: int, shift_y: int) -> bool:
    if encoder.coding not in _CROPPED_BY_CHROMA:
        return True
    rows = 1 << shift_y if film.fields == "none" else 2 << shift_y  # of each field
    return film.width_px % (1 << shift_x) == 0 and film.height_px % rows == 0


def missing_presets() -> tuple[str, ...]:
    """The presets whose encoder the FFmpeg inside PyAV does not have on this machine."""
    return tuple(name for name, (codec, _) in PRESETS.items() if codec not in av.codecs_available)
