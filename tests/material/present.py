"""What a type allows to be missing and a test knows to be there."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, TypeVar, overload

import av
from numpy.typing import NDArray

T = TypeVar("T")


@overload
def present(value: NDArray[Any] | None) -> NDArray[Any]: ...
@overload
def present(value: T | None) -> T: ...
def present(value: Any) -> Any:
    """The value, which must not be None."""
    assert value is not None
    return value


def seconds_of(timed: av.Packet[Any] | av.VideoFrame | av.AudioFrame) -> Fraction:
    """When a packet or a frame is shown, which it must say."""
    return present(timed.pts) * present(timed.time_base)
