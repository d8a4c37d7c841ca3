"""Results that are signed, read back by the library itself and by `tcvc verify`; changes are found out."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from tcvc_cli.cli.main import main
from tests.material.certificates import LEAF, ORGANIZATION, PASSPHRASE, Key, KeyPair, make_pair
from tests.material.media_sources import Source, make

c2pa = pytest.importorskip("c2pa")

ROOT = Path(__file__).parents[3]
QUICK = ["--model-size", "64", "--device", "cpu", "-q"]
SOURCE = Source(codec="ffv1", pixel_format="gray", frames=3, time_base=Fraction(1, 24), audio=("aac",))
FORMATS = {
    ".mkv": "video/x-matroska",
    ".mp4": "video/mp4",
    ".mov": "video/quicktime",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".tif": "image/tiff",
}
COMPOSITE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> KeyPair:
    return make_pair(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return make(tmp_path / "film.mkv", SOURCE)


def photograph(path: Path) -> Path:
    grey = np.add.outer(np.arange(120), np.arange(160)).astype(np.uint8)
    assert cv2.imwrite(str(path), grey)
    return path


def original_for(folder: Path, suffix: str) -> Path:
    if suffix in (".jpg", ".png", ".tif"):
        return photograph(folder / "film.png")
    return make(folder / "film.mkv", SOURCE)


def sign(original: Path, result: Path, pair: KeyPair, *options: str) -> int:
    return main(["colorize", str(original), "-o", str(result), *pair.options, *options, *QUICK])


def read(result: Path) -> dict[str, Any]:
    """By the library alone."""
    beside = result.with_name(result.name + ".c2pa")
    manifest = beside.read_bytes() if beside.exists() else None
    with result.open("rb") as file, c2pa.Reader(FORMATS[result.suffix], file, manifest) as reader:
        found: dict[str, Any] = json.loads(reader.json())
    return found


def row_of(output: str) -> str:
    (row,) = (line for line in output.splitlines() if re.match(r"\w+ +credentials ", line))
    return row


def changed_at(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def test_a_film_that_keeps_its_colours_is_not_said_to_be_colourised(
    tmp_path: Path, pair: KeyPair, capsys: pytest.CaptureFixture[str]
) -> None:
    film = make(tmp_path / "film.mkv", replace(SOURCE, codec="libx264", pixel_format="yuv420p"))
    result = tmp_path / "result.mp4"
    assert sign(film, result, pair) == 0
    found = read(result)
    manifest = found["manifests"][found["active_manifest"]]
    (actions,) = (one for one in manifest["assertions"] if one["label"] == "c2pa.actions.v2")
    assert [one["action"] for one in actions["data"]["actions"]] == ["c2pa.opened", "c2pa.transcoded"]
    assert main(["verify", str(film), str(result)]) == 0
    assert row_of(capsys.readouterr().out).startswith("holds")


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_library_reads_what_was_signed(
    suffix: str, tmp_path: Path, pair: KeyPair, capsys: pytest.CaptureFixture[str]
) -> None:
    original, result = original_for(tmp_path, suffix), tmp_path / f"result{suffix}"
    assert sign(original, result, pair, "--proof") == 0
    assert (tmp_path / f"result{suffix}.c2pa").exists() == (suffix == ".mkv")
    found = read(result)
    assert found["validation_state"] == "Valid"
    manifest = found["manifests"][found["active_manifest"]]
    assert manifest["signature_info"]["common_name"] == LEAF
    assert manifest["ingredients"][0]["relationship"] == "parentOf"
    assert manifest["ingredients"][0]["title"] == original.name
    (actions,) = (one for one in manifest["assertions"] if one["label"] == "c2pa.actions.v2")
    opened, edited = actions["data"]["actions"]
    assert (opened["action"], edited["action"]) == ("c2pa.opened", "c2pa.edited")
    assert (edited["description"], edited["digitalSourceType"]) == ("colourised", COMPOSITE)
    source_sha256 = hashlib.sha256(original.read_bytes()).hexdigest()
    assert edited["parameters"]["tcvc.source_sha256"] == source_sha256
    sidecar = json.loads((tmp_path / f"result{suffix}.json").read_text())
    assert sidecar["result"]["sha256"] == hashlib.sha256(result.read_bytes()).hexdigest()
    assert sidecar["credentials"]["signatory"]["name"] == LEAF
    assert sidecar["options"]["sign"] is None
    capsys.readouterr()
    assert main(["verify", str(original), str(result), "--strict"]) == 0
    assert row_of(capsys.readouterr().out).startswith("holds")


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".png"])
def test_a_changed_byte_fails(
    suffix: str, tmp_path: Path, pair: KeyPair, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of the title, which no proof of pictures would see, or of the result's last bytes."""
    original, result = original_for(tmp_path, suffix), tmp_path / f"result{suffix}"
    assert sign(original, result, pair) == 0
    changed = result if suffix != ".mkv" else tmp_path / "result.mkv.c2pa"
    place = changed.read_bytes().find(b"colourised")
    assert place > 0
    changed_at(changed, place)
    capsys.readouterr()
    assert main(["verify", str(original), str(result)]) == 7
    assert row_of(capsys.readouterr().out).startswith("FAILS")


def test_credentials_of_another_file_fail(
    film: Path, pair: KeyPair, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = film.with_name("one.mkv"), film.with_name("other.mkv")
    assert sign(film, one, pair) == sign(film, other, pair, "--saturation", "0.5") == 0
    shutil.copy(film.with_name("other.mkv.c2pa"), film.with_name("one.mkv.c2pa"))
    assert main(["verify", str(film), str(one)]) == 7
    assert "hash" in row_of(capsys.readouterr().out)


def test_another_source_fails(film: Path, pair: KeyPair, capsys: pytest.CaptureFixture[str]) -> None:
    """The same pictures in a file that differs."""
    result, copy = film.with_name("result.mp4"), film.with_name("copy.mkv")
    assert sign(film, result, pair) == 0
    copy.write_bytes(film.read_bytes() + b"\xec\x81\x00")  # a Void element
    assert main(["verify", str(copy), str(result)]) == 7
    assert "another source than copy.mkv" in row_of(capsys.readouterr().out)


def test_a_signature_that_is_gone_fails(
    film: Path, pair: KeyPair, capsys: pytest.CaptureFixture[str]
) -> None:
    result = film.with_name("result.mkv")
    assert sign(film, result, pair) == 0
    film.with_name("result.mkv.c2pa").unlink()
    assert main(["verify", str(film), str(result)]) == 7
    assert "signed, and it is not" in row_of(capsys.readouterr().out)


def test_an_unsigned_result_has_no_row_and_loses_old_credentials(
    film: Path, pair: KeyPair, capsys: pytest.CaptureFixture[str]
) -> None:
    result = film.with_name("result.mkv")
    assert sign(film, result, pair) == 0
    assert main(["colorize", str(film), "-o", str(result), "-y", "--fresh", *QUICK]) == 0
    assert not film.with_name("result.mkv.c2pa").exists()
    capsys.readouterr()
    assert main(["verify", str(film), str(result)]) == 0
    assert "credentials" not in capsys.readouterr().out


def test_a_file_that_has_the_name_stays(film: Path, pair: KeyPair) -> None:
    there = film.with_name("result.mkv.c2pa")
    there.write_bytes(b"another one's")
    assert sign(film, film.with_name("result.mkv"), pair) == 4
    assert there.read_bytes() == b"another one's"
    assert not film.with_name("result.mkv").exists()


def test_credentials_of_the_source_stay_in_the_chain(tmp_path: Path, pair: KeyPair) -> None:
    first, second = tmp_path / "first.png", tmp_path / "second.png"
    assert sign(photograph(tmp_path / "film.png"), first, pair) == 0
    assert sign(first, second, pair, "--colour-parts", "recolour") == 0
    found = read(second)
    assert found["validation_state"] == "Valid"
    assert len(found["manifests"]) == 2


def test_a_broken_manifest_of_the_source_breaks_nothing(tmp_path: Path, pair: KeyPair) -> None:
    first, second = tmp_path / "first.png", tmp_path / "second.png"
    assert sign(photograph(tmp_path / "film.png"), first, pair) == 0
    data = first.read_bytes()
    place = data.index(b"jumb")
    first.write_bytes(data[:place] + b"\xff" * 40 + data[place + 40 :])
    assert sign(first, second, pair, "--colour-parts", "recolour") == 0
    assert read(second)["validation_state"] == "Valid"


KEYS: dict[str, Callable[[], Key]] = {
    "Es256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "Es384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "Es512": lambda: ec.generate_private_key(ec.SECP521R1()),
    "Ed25519": ed25519.Ed25519PrivateKey.generate,
    "Ps256": lambda: rsa.generate_private_key(65537, 2048),
}


@pytest.mark.parametrize("algorithm", KEYS)
def test_the_algorithm_goes_with_the_key(algorithm: str, tmp_path: Path) -> None:
    pair = make_pair(tmp_path / "keys", KEYS[algorithm]())
    result = tmp_path / "result.png"
    assert sign(photograph(tmp_path / "film.png"), result, pair) == 0
    found = read(result)
    assert found["manifests"][found["active_manifest"]]["signature_info"]["alg"] == algorithm


def test_what_cannot_sign_is_refused_before_the_work(
    tmp_path: Path, pair: KeyPair, capsys: pytest.CaptureFixture[str]
) -> None:
    film, month = photograph(tmp_path / "film.png"), timedelta(days=60)
    expired = make_pair(tmp_path / "expired", moved=-month)
    future = make_pair(tmp_path / "future", moved=month)
    wrong = make_pair(tmp_path / "wrong", use=ExtendedKeyUsageOID.SERVER_AUTH)
    foreign = KeyPair(expired.key, pair.chain, pair.encrypted)
    locked = KeyPair(pair.encrypted, pair.chain, pair.encrypted)
    missing = KeyPair(tmp_path / "none.pem", pair.chain, pair.encrypted)
    swapped = KeyPair(pair.chain, pair.key, pair.encrypted)
    for case in (expired, future, wrong, foreign, locked, missing, swapped):
        assert sign(film, tmp_path / "result.png", case) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert "PRIVATE" not in said
    assert not list(tmp_path.glob("result*"))


def test_a_passphrase_comes_from_the_environment(
    tmp_path: Path, pair: KeyPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TCVC_SIGN_PASSPHRASE", PASSPHRASE)
    locked = KeyPair(pair.encrypted, pair.chain, pair.encrypted)
    assert sign(photograph(tmp_path / "film.png"), tmp_path / "result.png", locked) == 0
    secret = pair.key.read_bytes().split(b"\n")[1]
    assert not any(secret in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_without_the_library_the_row_says_so(
    film: Path, pair: KeyPair, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    result = film.with_name("result.mkv")
    assert sign(film, result, pair) == 0
    monkeypatch.setitem(__import__("sys").modules, "c2pa", None)
    capsys.readouterr()
    assert main(["verify", str(film), str(result)]) == 0
    assert row_of(capsys.readouterr().out).startswith("dropped")
    assert main(["verify", str(film), str(result), "--strict"]) == 7
    assert sign(film, film.with_name("more.mkv"), pair) == 2


def test_a_bag_takes_them_along(film: Path, pair: KeyPair) -> None:
    pytest.importorskip("bagit")
    result = film.with_name("result.mkv")
    assert sign(film, result, pair) == 0
    assert main(["bag", str(film), str(result), "-o", str(film.with_name("bag"))]) == 0
    packed = film.with_name("bag") / "data" / "result" / "result.mkv.c2pa"
    assert packed.read_bytes() == film.with_name("result.mkv.c2pa").read_bytes()


def test_batch_and_a_named_file_sign_too(
    film: Path, pair: KeyPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TCVC_CONFIG", "archive.toml")
    Path("archive.toml").write_text(f"sign = [{str(pair.key)!r}, {str(pair.chain)!r}]\n")
    Path("out").mkdir()
    assert main(["batch", str(film), "-o", "out", *QUICK]) == 0
    assert read(tmp_path / "out" / "film.color.mkv")["validation_state"] == "Valid"


def test_a_variable_signs_too(
    tmp_path: Path, pair: KeyPair, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    film, result = photograph(tmp_path / "film.png"), tmp_path / "result.png"
    monkeypatch.setenv("TCVC_SIGN", f"'{pair.key}' '{pair.chain}'")
    assert main(["colorize", str(film), "-o", str(result), *QUICK]) == 0
    assert read(result)["validation_state"] == "Valid"
    monkeypatch.setenv("TCVC_SIGN", str(pair.key))
    assert main(["colorize", str(film), "-o", str(result), *QUICK]) == 2
    assert "TCVC_SIGN: sign takes 2 values" in capsys.readouterr().err


def test_the_page_says_how(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its commands, as they stand there."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    monkeypatch.chdir(film.parent)
    page = (ROOT / "docs" / "credentials.md").read_text("utf-8")
    script = page.split("```sh\n")[1].split("```")[0]
    shell, *ours = re.split(r"(?m)^tcvc ", script)
    subprocess.run(["sh", "-e", "-c", shell], check=True, capture_output=True)
    colorize, verify = (line.split() for line in ours)
    assert main([*colorize, *QUICK]) == 0
    assert main(verify) == 0
    code = page.split("```python\n")[1].split("```")[0].replace("print(", "states.append(")
    states: list[str] = []
    exec(code, {"states": states})
    assert states == ["Valid"]
    found = read(Path("film.color.mkv"))
    assert found["manifests"][found["active_manifest"]]["signature_info"]["issuer"] == ORGANIZATION
