"""Which options of an encoder a person may set, and to what: those that can name no file and load no code.

What takes a number, or one of a few words of libav's, is safe by its type. Texts and lists are taken for the
encoders and keys that stand here. Nothing else is: encoders write statistics and pictures, and read tables,
wherever an option tells them to, and so do the lists that x264, x265 and SVT-AV1 take as one text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from tcvc_cli.errors import UsageError

_TEXT_TYPES: Final = ("STRING", "BINARY", "DICT")
_TEXT: Final = re.compile(r"[A-Za-z0-9_.,:+-]{1,200}", re.ASCII)
_LIST_ITEM: Final = re.compile(r"([A-Za-z0-9][A-Za-z0-9_-]{0,63})(=[A-Za-z0-9_.,+()|-]{0,400})?", re.ASCII)
_ZONES: Final = re.compile(r"zones=[A-Za-z0-9_.,=/-]{0,400}", re.ASCII)  # parts with a slash between them
_NUMBER: Final = re.compile(r"[A-Za-z0-9_.+|/:-]{1,100}", re.ASCII)
_FLAGS: Final = frozenset(
    {"aic", "bitexact", "cgop", "gray", "ildct", "ilme", "loop", "low_delay", "mv4", "qpel"}
)
_TEXTS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "libx264": frozenset(
            {"preset", "tune", "profile", "level", "wpredp", "psy-rd", "deblock", "partitions"}
        ),
        "libx265": frozenset({"preset", "tune", "profile"}),
        "libvpx-vp9": frozenset({"ts-parameters"}),
        "prores_ks": frozenset({"vendor"}),
        "prores": frozenset({"vendor"}),
        "jpeg2000": frozenset({"layer_rates"}),
    }
)
_X264: Final = """
    8x8dct alternative-transfer analyse annexb aq-mode aq-sensitivity aq-strength asm aud avcintra-class
    avcintra-flavor b-adapt b-bias b-pyramid bff bframe-bias bframes bitrate bluray-compat cabac chroma-me
    chroma-qp-offset chromaloc clli colormatrix colorprim constrained-intra cplxblur cpu-independent cqm4
    cqm4i cqm4ic cqm4iy cqm4p cqm4pc cqm4py cqm8 cqm8i cqm8p crf crf-max dct-decimate deadzone-inter
    deadzone-intra deblock deblocking-filter deterministic direct direct-pred fade-compensate
    fake-interlaced fast-pskip filler filter force-cfr fps frame-packing frameref fullrange interlaced
    intra-refresh ip-factor ipratio keyint keyint-max keyint-min level log lookahead-threads loop-filter
    mastering-display mbtree me me-range merange min-keyint mixed-refs mv-range mv-range-thread mvrange
    mvrange-thread nal-hrd nr open-gop opts-level overscan partitions pb-factor pbratio pic-struct psnr
    psy psy-rd pulldown qblur qcomp qp qp-constant qp-max qp-min qp-step qpmax qpmin qpstep ratetol
    rc-lookahead ref repeat-headers scenecut slice-max-mbs slice-max-size slice-min-mbs sliced-threads
    slices slices-max sps-id ssim stitchable subme subq sync-lookahead tff threads transfer trellis tune
    vbv-bufsize vbv-init vbv-maxrate videoformat weightb weightp zones
"""
_X265: Final = """
    allow-non-conformance amp analyze-src-pics annexb aq-auto aq-bias-strength aq-mode aq-motion
    aq-strength asm atc-sei aud auto-aq b-adapt b-intra b-pyramid bframe-adaptive bframe-bias bframes
    bitrate cbqpoffs chromaloc cll colormatrix colorprim const-vbv constant-vbv constrained-intra copy-pic
    cplxblur cra-nal crf crf-max crf-min crqpoffs ctu cu-lossless cu-stats cutree deblock display-window
    dup-threshold dynamic-rd dynamic-refine early-skip edge-threshold eob eos fades fast-decode fast-intra
    field force-flush fps frame-dup frame-rc frame-threads gop-lookahead hdr hdr-opt hdr10 hdr10-opt
    hevc-aq high-tier hist-scenecut hme hme-range hme-search hrd hrd-concat idr-recovery-sei info
    input-depth input-res interlace intra-refresh ip-factor ipratio keyint level level-idc lft limit-modes
    limit-refs limit-sao limit-tu log-level log2-max-poc-lsb lookahead-distance lookahead-slices
    lookahead-threads loop-filter lossless lowpass-dct masking-strength master-display max-ausize-factor
    max-cll max-luma max-merge max-qp-delta max-tu-size max-vbv-fullness mcstf mcstf-ref-range me merange
    min-cu-size min-keyint min-luma min-vbv-fullness multi-pass-opt-rps nal-hrd non-conformance nr-inter
    nr-intra numa-pools open-gop opt-cu-delta-qp opt-qp-pps opt-ref-list-length-pps overscan pb-factor
    pbratio pic-struct pme pmode pools preset psnr psy-rd psy-rdoq qblur qcomp qg-size qp
    qp-adaptation-range qp-delta-ref qpmax qpmin qpstep radl range rc-grain rc-lookahead rd rd-refine
    rd-skip rdoq-level rdpenalty rect ref refine-analysis-type refine-ctu-distortion refine-inter
    refine-intra refine-mv repeat-headers rskip rskip-edge-threshold sao sao-non-deblock sar sbrc
    scale-factor scenecut scenecut-aware-qp scenecut-bias scenecut-window selective-sao signhide
    single-sei slices slow-firstpass splitrd-skip splitscreen ssim ssim-rd strict-cbr
    strong-intra-smoothing subme temporal-layers temporal-mvp threads timing-info total-frames
    traditional-scenecut transfer tskip tskip-fast tu-inter-depth tu-intra-depth tune uhd-bd vbv-bufsize
    vbv-end vbv-end-fr-adj vbv-init vbv-live-multi-pass vbv-maxrate video-signal-type-preset videoformat
    vui-hrd-info vui-timing-info weightb weightp wpp zero-latency zones
"""
_SVT_AV1: Final = """
    ac-bias adaptive-film-grain aq-mode asm avif bias-pct buf-initial-sz buf-optimal-sz buf-sz
    cdef-scaling chroma-qm-max chroma-qm-min chroma-sample-position chroma-u-ac-qindex-offset
    chroma-u-dc-qindex-offset chroma-v-ac-qindex-offset chroma-v-dc-qindex-offset color-primaries
    color-range complex-hvs content-light crf enable-alt-cdef enable-cdef enable-dg enable-dlf
    enable-force-key-frames enable-intra-bc enable-mfmv enable-overlays enable-palette enable-qm
    enable-restoration enable-tf enable-variance-boost fast-decode film-grain film-grain-denoise
    force-key-frames frame-luma-bias gop-constraint-rc hbd-mds hierarchical-levels intra-period
    irefresh-type keyint kf-tf-strength lambda-scale-factors level level-of-parallelism lookahead lossless
    lp luma-y-dc-qindex-offset luminance-qp-bias mastering-display matrix-coefficients max-qp
    max-section-pct max-tx-size maxsection-pct mbr mbr-overshoot-pct min-qp minsection-pct
    noise-norm-strength overshoot-pct pin pred-struct preset profile psy-rd qm-max qm-min qp
    qp-scale-compress-strength rc recode-loop resize-denom resize-kf-denom resize-mode rtc scd scm
    sframe-dist sframe-mode sharp-tx sharpness spy-rd ss startup-mg-size startup-qp-offset superres-denom
    superres-kf-denom superres-kf-qthres superres-mode superres-qthres tbr tf-strength tier tile-columns
    tile-rows transfer-characteristics tune tx-bias undershoot-pct unrestricted-motion-vector
    use-fixed-qindex-offsets variance-boost-curve variance-boost-strength variance-octile
"""
_LISTS: Final[Mapping[tuple[str, str], frozenset[str]]] = MappingProxyType(
    {
        ("libx264", "x264-params"): frozenset(_X264.split()),
        ("libx264", "x264opts"): frozenset(_X264.split()),
        ("libx265", "x265-params"): frozenset(_X265.split()),
        ("libsvtav1", "svtav1-params"): frozenset(_SVT_AV1.split()),
    }
)


def check_wish(encoder: str, key: str, kind: str, value: str) -> None:
    """Raises UsageError for an option that might name a file or code, and for a value that might. `kind` is
    the name that libav has for the type of what the option takes."""
    if (encoder, key) in _LISTS:
        _check_list(encoder, key, value)
    elif kind in _TEXT_TYPES:
        if key not in _TEXTS.get(encoder, ()):
            raise _refusal(encoder, key)
        if _TEXT.fullmatch(value) is None:
            raise _odd_value(key)
    elif _NUMBER.fullmatch(value) is None:
        raise _odd_value(key)
    elif key == "flags":
        _check_flags(encoder, value)


def _check_list(encoder: str, key: str, value: str) -> None:
    """`NAME=VALUE:NAME=VALUE`, without the signs by which libav would take it for something else."""
    known = _LISTS[encoder, key]
    for item in value.split(":"):
        if _ZONES.fullmatch(item):
            continue
        found = _LIST_ITEM.fullmatch(item)
        if found is None:
            raise _odd_value(key)
        if _spelled(found[1]) not in known and _without_no(_spelled(found[1])) not in known:
            raise _refusal(encoder, f"{found[1]} in {key}")


def _spelled(name: str) -> str:
    return name.replace("_", "-")


def _without_no(name: str) -> str:
    return name.removeprefix("no").removeprefix("-")


def _check_flags(encoder: str, value: str) -> None:
    """Those of a first and a second pass, by name or by number, would write and read a file of statistics."""
    for name in re.split(r"[+|-]", value):
        if name and name not in _FLAGS:
            raise _refusal(encoder, f"{name} in flags")


def _refusal(encoder: str, what: str) -> UsageError:
    message = f"{encoder} takes no {what} here"
    advice = "Options that name files or load code are not passed on, nor are those that are not known."
    return UsageError(message, advice, option="encoder_options")


def _odd_value(key: str) -> UsageError:
    message = f"the value of {key} has signs that no such value needs"
    return UsageError(message, "Write letters, digits and the signs of a list.", option="encoder_options")
