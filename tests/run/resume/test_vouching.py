"""Seals, samples and stamps: what was damaged or put in another's place is told from what was written."""

from __future__ import annotations

import io
import itertools
import os
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import tcvc_cli.run.resume.vouching.stamps as stamps
from tcvc_cli.errors import BadReference, ChangedMeanwhile, OutputError
from tcvc_cli.model.shot import ShotState
from tcvc_cli.records import Shot
from tcvc_cli.run.resume.lease import _next_number
from tcvc_cli.run.resume.mixed_colors import read_mixed, write_mixed
from tcvc_cli.run.resume.source_file import source_of
from tcvc_cli.run.resume.vouching.film_watch import FilmWatch
from tcvc_cli.run.resume.vouching.rows import packed, unpacked
from tcvc_cli.run.resume.vouching.samples import sampled, samples_of
from tcvc_cli.run.resume.vouching.sealed import sealed, sealed_bytes, unsealed, unsealed_bytes

SHOT = Shot(3, 10)
STATE = ShotState(
    7, np.full((2, 2, 3, 4), 0.5, np.float32), np.zeros((2, 3, 4), np.float32), np.zeros(0, np.float32)
)


def test_what_was_sealed_comes_back() -> None:
    assert unsealed(Shot, sealed(SHOT, "shot"), "shot") == SHOT
    assert unsealed_bytes(sealed_bytes(b"content", "name"), "name") == b"content"
    assert unsealed_bytes(sealed_bytes(b"", "name"), "name") == b""


def test_no_seal_outlives_a_change() -> None:
    text = sealed(SHOT, "shot")
    for wrong in (
        text.replace('"stop":10', '"stop":9'),
        text[:-1],
        "",
        "{}",
        "[]",
        "null",
        '{"content":{"start":3,"stop":10},"sha256":null}',
        text.replace('"sha256"', '"other":1,"sha256"'),
        "[" * 100_000,
        '{"content":1' + "0" * 5000 + ',"sha256":""}',
    ):
        with pytest.raises(ValueError, match=r"."):
            unsealed(Shot, wrong, "shot")
    with pytest.raises(ValueError, match="not as it was written"):
        unsealed(Shot, text, "another shot")


def test_every_bit_of_sealed_bytes_counts() -> None:
    content = sealed_bytes(b"abc", "name")
    for bit in range(8 * len(content)):
        wrong = bytearray(content)
        wrong[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ValueError, match="not as it was written"):
            unsealed_bytes(bytes(wrong), "name")
    for length in range(len(content)):
        with pytest.raises(ValueError, match="not as it was written"):
            unsealed_bytes(content[:length], "name")


def test_a_handover_of_colours_is_that_of_its_segment() -> None:
    found = unpacked(packed(STATE, "segment a 0"), "segment a 0")
    assert found is not None
    assert found.start == 7
    assert np.array_equal(found.shares, STATE.shares)
    assert unpacked(packed(None, "segment a 0"), "segment a 0") is None
    stolen = io.BytesIO()
    np.savez(stolen, start=np.array([object()]))
    for wrong in (
        b"",
        packed(STATE, "segment a 1"),
        packed(STATE, "segment a 0")[:-1],
        sealed_bytes(b"PK\x03\x04 nothing", "segment a 0 state"),
        sealed_bytes(stolen.getvalue(), "segment a 0 state"),
    ):
        with pytest.raises(ValueError, match=r"."):
            unpacked(wrong, "segment a 0")


def test_mixed_colours_are_those_of_their_name(tmp_path: Path) -> None:
    one, other = (tmp_path / f"segment-0123456789abcdef-000{number}.npz" for number in (0, 1))
    write_mixed(one, {5: np.ones((2, 3, 4), np.float32)})
    assert np.array_equal(read_mixed(one)[5], np.ones((2, 3, 4), np.float32))
    other.write_bytes(one.read_bytes())
    one.write_bytes(one.read_bytes()[:-1])
    for wrong in (one, other, tmp_path / "segment-0123456789abcdef-0002.npz"):
        with pytest.raises(OutputError, match="cannot be used"):
            read_mixed(wrong)


def test_samples_lie_everywhere_and_cost_little() -> None:
    assert list(sampled(1000)) == [(0, 1000)]
    for size in ((32 << 20) + 1, 100 << 30):
        places = list(sampled(size))
        assert places[0][0] == 0
        assert sum(places[-1]) == size
        assert all(start + count <= size for start, count in places)
        assert sum(count for _, count in places) < 19 << 20
        starts = [start for start, _ in places]
        assert starts == sorted(starts)
        assert max(b - a for a, b in itertools.pairwise(starts)) <= max(1 << 20, size / 200)


def test_samples_see_a_bit_at_both_ends(tmp_path: Path) -> None:
    film = tmp_path / "film"
    with film.open("wb") as file:
        file.truncate(40 << 20)
    before = samples_of(film)
    for at in (0, (1 << 20) - 1, (40 << 20) - 1, 39 << 20):
        with film.open("r+b") as file:
            file.seek(at)
            file.write(b"\1")
        assert samples_of(film) != before
        before = samples_of(film)


def edited(path: Path) -> None:
    """One bit, and the size and the time of before."""
    seen, content = path.stat(), bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))


def replaced(path: Path) -> None:
    other, seen = path.with_name("other"), path.stat()
    other.write_bytes(path.read_bytes())
    edited(other)
    os.utime(other, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    other.replace(path)


def test_a_film_edited_in_secret_is_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = tmp_path / "film"
    film.write_bytes(random.Random(0).randbytes(1000))
    seen = source_of(film)
    assert source_of(film, seen) is seen
    os.chmod(film, 0o600)
    assert source_of(film, seen).sha256 == seen.sha256  # read again, and the same
    edited(film)
    assert source_of(film, seen).sha256 != seen.sha256
    monkeypatch.setattr(stamps, "_HAS_CHANGE_TIMES", False)  # as on Windows: only the content tells
    seen = source_of(film)
    assert seen.changed_ns == 0
    edited(film)
    assert source_of(film, seen).sha256 != seen.sha256


@pytest.mark.parametrize("change", [edited, replaced, Path.unlink])
def test_a_film_that_changes_during_its_run_is_refused(
    tmp_path: Path, change: Callable[[Path], None]
) -> None:
    film = tmp_path / "film.mkv"
    film.write_bytes(bytes(1000))
    watch = FilmWatch(film)
    watch.check()  # nothing is known yet
    source = source_of(film)
    watch.begin(source)
    os.utime(film)
    film.rename(tmp_path / "moved")
    (tmp_path / "moved").rename(film)
    watch.check_content()  # it is what it was
    change(film)
    for check in (watch.check, watch.check_content):
        with pytest.raises(ChangedMeanwhile, match=r"film\.mkv was changed, replaced or removed"):
            check()


def test_what_changes_as_a_run_begins_is_refused(tmp_path: Path) -> None:
    film, shots = tmp_path / "film.mkv", tmp_path / "shots.csv"
    film.write_bytes(bytes(1000))
    watch = FilmWatch(film, [shots])
    shots.write_text("start_frame,stop_frame")
    with pytest.raises(ChangedMeanwhile, match=r"shots\.csv changed as the run began"):
        watch.begin(source_of(film))


def test_a_picture_that_was_painted_over_is_refused(tmp_path: Path) -> None:
    picture = tmp_path / "reference.png"
    picture.write_bytes(b"one")
    sha256 = stamps.sha256_as_it_is(picture)
    stamps.refuse_another(picture, sha256)
    edited(picture)
    with pytest.raises(BadReference, match="changed during the run"):
        stamps.refuse_another(picture, sha256)
    picture.unlink()
    with pytest.raises(BadReference, match="No such file"):
        stamps.refuse_another(picture, sha256)


def test_there_is_always_a_next_lease() -> None:
    assert [_next_number(taken) for taken in ([], [3, 7], [999_997])] == [1, 8, 999_998]
    assert [_next_number(taken) for taken in ([999_998], [1, 2, 999_998])] == [1, 3]
