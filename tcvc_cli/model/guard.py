"""What another package's code raises, told apart from what tcvc raises itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from tcvc_cli.errors import TcvcError
from tcvc_cli.model.engine import is_out_of_memory


@contextmanager
def guarding(broken: Callable[[str], TcvcError]) -> Iterator[None]:
    """Raises what `broken` makes of an error in the block; errors of tcvc's own, and memory that ran out, are
    let through."""
    try:
        yield
    except Exception as error:
        if is_out_of_memory(error) or isinstance(error, TcvcError):
            raise
        raise broken(f"{type(error).__name__}: {error}") from error


class Guarded:
    """All that `guest` has, its methods called as `guarding` does."""

    def __init__(self, guest: object, broken: Callable[[str], TcvcError]) -> None:
        self._guest, self._broken = guest, broken

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._guest, name)
        return self._guarded(found) if callable(found) else found

    def _guarded(self, method: Callable[..., object]) -> Callable[..., object]:
        @wraps(method)
        def call(*arguments: object, **named: object) -> object:
            with guarding(self._broken):
                return method(*arguments, **named)

        return call
