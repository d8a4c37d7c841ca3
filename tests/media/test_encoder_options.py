"""Options of encoders that write files, read any, or load code are refused, however they are spelled."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import av
import pytest
from av.error import FFmpegError

from tcvc_cli.cli.main import main
from tcvc_cli.errors import UsageError
from tcvc_cli.media.write import encoder_options
from tcvc_cli.media.write.encoders import encoder_of
from tcvc_cli.records import Encoding
from tests.material.media_sources import Source, make

WRITERS = [
    ("libx264", "stats=victim"),
    ("libx264", "passlogfile=victim"),
    ("libx264", "flags=+pass1"),
    ("libx264", "flags=pass2"),
    ("libx264", "flags=+cgop+pass1"),
    ("libx264", "flags=512"),
    ("libx264", "flags=0x200"),
    ("libx264", "flags=2*256"),
    ("libx264", "x264opts=stats=victim"),
    ("libx264", "x264-params=stats=victim"),
    ("libx264", "x264-params=trellis=0:stats=victim"),
    ("libx264", "x264-params=trellis=0:pass=1"),
    ("libx264", "x264-params=dump-yuv=victim"),
    ("libx264", "x264-params=dump_yuv=victim"),
    ("libx264", "x264-params=--stats=victim"),
    ("libx264", "x264-params=STATS=victim"),
    ("libx264", "x264-params=no-stats=victim"),
    ("libx264", "x264-params=qpfile=victim"),
    ("libx264", "x264-params=cqm=victim"),
    ("libx264", "x264-params=cqmfile=victim"),
    ("libx264", "x264-params=opencl=1"),
    ("libx264", "x264-params=opencl-clbin=victim"),
    ("libx264", "x264-params=trellis=0\\:stats=victim"),
    ("libx264", "x264-params='trellis=0:stats=victim'"),
    ("libx264", "x264-params=aq-mode=1: stats=victim"),
    ("libx264", "x264-params=aq-mode=1\n:stats=victim"),
    ("libx264", "preset=/etc/passwd"),
    ("libx265", "x265-stats=victim"),
    ("libx265", "flags=+pass1"),
    *(
        ("libx265", f"x265-params=aq-mode=3:{one}=victim")
        for one in ("stats", "csv", "analysis-save", "analysis-load", "analysis-reuse-file", "recon")
    ),
    *(
        ("libx265", f"x265-params={one}=victim")
        for one in (
            "recon-y4m-exec",
            "scaling-list",
            "lambda-file",
            "dhdr10-info",
            "dolby-vision-rpu",
            "qpfile",
        )
    ),
    *(
        ("libx265", f"x265-params={one}=victim")
        for one in ("zonefile", "nalu-file", "film-grain", "aom-film-grain", "scenecut-qp-config", "pass")
    ),
    *(
        ("libsvtav1", f"svtav1-params={one}=victim")
        for one in ("stats", "fgs-table", "fgs-file", "roi-map-file", "qp-file", "recon", "pass", "config")
    ),
    ("libvpx-vp9", "flags=+pass1"),
    ("ffv1", "flags=+pass1"),
    ("ffv1", "codec_whitelist=victim"),
    ("prores_ks", "dump_separator=victim"),
    ("dnxhd", "sub_charenc=victim"),
    ("hevc_qsv", "load_plugins=victim"),
    ("hevc_qsv", "qsv_params=a=victim"),
    ("mpeg4", "rc_eq=victim"),
]


@pytest.mark.parametrize(("encoder", "given"), WRITERS)
def test_what_names_a_file_or_code_is_refused(encoder: str, given: str) -> None:
    key, _, value = given.partition("=")
    with pytest.raises(UsageError) as caught:
        encoder_of(Encoding(encoder=encoder, options=((key, value),)))
    assert caught.value.option == "encoder_options"


@pytest.mark.parametrize(
    ("encoder", "given"),
    [
        ("libx264", "x264-params=no-mbtree=1:psy-rd=1.0,0.0:zones=0,10,crf=20/11,20,b=0.5"),
        ("libx264", "x264opts=bframes=2:b_adapt=0:no-cabac"),
        ("libx264", "partitions=+i4x4,-p8x8"),
        ("libx264", "psy-rd=1.0:0.2"),
        ("libx264", "flags=+ildct+cgop-loop"),
        ("libx264", "aq-mode=2"),
        ("libx265", "x265-params=master-display=G(1,2)B(3,4)R(5,6)WP(7,8)L(9,1):no-sao=1"),
        ("libsvtav1", "svtav1-params=tune=0:film-grain-denoise=0"),
        ("jpeg2000", "layer_rates=10,5,1"),
        ("libvpx-vp9", "deadline=good"),
        ("prores_ks", "vendor=apl0"),
        ("ffv1", "slices=4"),
    ],
)
def test_what_sets_the_picture_is_passed_on(encoder: str, given: str) -> None:
    key, _, value = given.partition("=")
    assert encoder_of(Encoding(encoder=encoder, options=((key, value),))).options[key].endswith(value)


@pytest.mark.parametrize(("encoder", "key"), [("libx264", "x264-params"), ("libx265", "x265-params")])
def test_no_key_of_a_list_opens_a_file(
    encoder: str, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each that we let through, given the name of a file at once."""
    monkeypatch.chdir(tmp_path)
    context = av.CodecContext.create(encoder, "w")
    names = sorted(encoder_options._LISTS[encoder, key] - {"threads", "pools"})
    context.width, context.height, context.pix_fmt = 64, 64, "yuv420p"  # type: ignore[attr-defined]
    context.options = {key: ":".join(f"{name}=victim" for name in names)}
    with suppress(FFmpegError):
        context.open()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("way", ["line", "config", "variable"])
def test_they_are_refused_wherever_they_stand(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TCVC_CONFIG", raising=False)
    (tmp_path / "victim").write_text("mine")
    make(tmp_path / "film.mkv", Source(frames=2))
    given = "x264-params=stats=victim"
    words = ["colorize", "film.mkv", "-o", "out.mkv"]
    if way == "line":
        words += ["--encoder-opt", given]
    elif way == "config":
        (tmp_path / "mine.toml").write_text(f'encoder-opt = ["{given}"]')
        words = ["--config", "mine.toml", *words]
    else:
        monkeypatch.setenv("TCVC_ENCODER_OPT", given)
    assert main(words) == 2
    assert "libx264 takes no stats in x264-params here" in capsys.readouterr().err
    assert (tmp_path / "victim").read_text() == "mine"
    assert not (tmp_path / "out.mkv").exists()
