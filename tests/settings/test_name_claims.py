"""Which names claim a frame or a time, and which claim nothing."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tcvc_cli.settings.name_claims import Claim, claim_of


@pytest.mark.parametrize(
    ("stem", "frame"),
    [
        ("ref_000123", 123),
        ("film_000123", 123),
        ("000123", 123),
        ("0", 0),
        ("The Kid (1921) 000040", 40),
        ("ref_000123_v2", 123),
        ("ref_000123 colourised", 123),
        ("frame12", 12),
        ("kitchen-7", 7),
        ("img_000123", 123),
    ],
)
def test_a_number_at_the_end_or_of_six_digits_is_a_frame(stem: str, frame: int) -> None:
    assert claim_of(stem) == Claim(frame=frame)


def test_numbers_in_the_name_of_the_film_say_nothing() -> None:
    assert claim_of("2019-05-04 birthday_000123", "2019-05-04 birthday") == Claim(frame=123)
    assert claim_of("metropolis 1927", "metropolis 1927") is None
    assert claim_of("metropolis 1927 00h00m01s500", "metropolis 1927") == Claim(time_s=Fraction(3, 2))


@pytest.mark.parametrize(
    ("stem", "time_s"),
    [
        ("00h01m02s345", Fraction(62345, 1000)),
        ("01h00m00s", Fraction(3600)),
        ("film_00h01m02s5", Fraction(125, 2)),
        ("vlcsnap-2024-01-02-00h00m09s041", Fraction(9041, 1000)),
    ],
)
def test_a_time_is_exact(stem: str, time_s: Fraction) -> None:
    assert claim_of(stem) == Claim(time_s=time_s)


@pytest.mark.parametrize(
    "stem",
    [
        "IMG_1234",
        "DSC00012",
        "DSCN4711",
        "PXL_20240102_101112345",
        "2024-01-02",
        "20240102_101112",
        "Screenshot 2024-01-02 at 10.11.12",
        "kitchen",
        "",
        "00h99m00s000",
        "99999999999999999999999",
        "x٣٤٥",
    ],
)
def test_what_a_camera_a_calendar_or_nobody_numbered_claims_nothing(stem: str) -> None:
    assert claim_of(stem) is None
