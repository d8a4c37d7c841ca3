"""Work ahead and behind: order, bounds, and errors that come out where they should."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tcvc_cli.run.threads import Behind, ahead


def test_items_come_in_order() -> None:
    assert list(ahead(range(100), 4)) == list(range(100))


def test_only_so_many_are_made_ahead() -> None:
    made = []

    def produce() -> Iterator[int]:
        for number in range(50):
            made.append(number)
            yield number

    items = ahead(produce(), 3)
    next(items)
    time.sleep(0.3)
    assert len(made) <= 6
    items.close()
    assert not any(thread.name == "ahead" for thread in threading.enumerate())


def test_an_error_ahead_comes_after_the_items_before_it() -> None:
    def produce() -> Iterator[int]:
        yield 1
        raise ValueError("torn")

    items = ahead(produce(), 2)
    assert next(items) == 1
    with pytest.raises(ValueError, match="torn"):
        next(items)


def test_everything_behind_is_done_on_leaving() -> None:
    done: list[int] = []
    with Behind(done.append, 2) as worker:
        for number in range(20):
            worker.put(number)
    assert done == list(range(20))


def run_behind(
    consume: Callable[..., Any], depth: int, items: range, *, then: Exception | None = None
) -> None:
    with Behind(consume, depth) as worker:
        for item in items:
            worker.put(item)
        if then is not None:
            raise then


def test_an_error_behind_is_raised_and_nobody_waits_forever() -> None:
    def consume(number: int) -> None:
        if number == 3:
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        run_behind(consume, 1, range(1000))


def test_leaving_with_an_error_drops_what_waits() -> None:
    done: list[int] = []

    def slow(number: int) -> None:
        time.sleep(0.05)
        done.append(number)

    with pytest.raises(KeyError):
        run_behind(slow, 10, range(10), then=KeyError("stop"))
    assert len(done) < 10
