"""Threads for pieces of work: all of it is done, errors come back, and nothing is left behind."""

from __future__ import annotations

import threading
from concurrent.futures import wait

import pytest

from tcvc_cli.workers import Workers


def names() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


def test_everything_is_done_in_so_many_threads() -> None:
    together = threading.Barrier(3)
    workers = Workers(3, "test of three")

    def work(number: int) -> tuple[int, str]:
        together.wait(10)  # all three are at work at once
        return number, threading.current_thread().name

    done = [workers.submit(lambda number=number: work(number)) for number in range(6)]  # type: ignore[misc]
    found = [one.result(10) for one in done]
    assert [number for number, _ in found] == list(range(6))
    assert {name for _, name in found} == {"test of three 1", "test of three 2", "test of three 3"}


def test_an_error_comes_back_and_the_thread_goes_on() -> None:
    workers = Workers(1, "test")

    def fail() -> None:
        raise ValueError("torn")

    with pytest.raises(ValueError, match="torn"):
        workers.submit(fail).result(10)
    assert workers.submit(lambda: 7).result(10) == 7


def test_each_thread_begins_once() -> None:
    begun: list[str] = []
    workers = Workers(2, "test", lambda: begun.append(threading.current_thread().name))
    wait([workers.submit(lambda: None) for _ in range(20)], 10)
    assert sorted(begun) == ["test 1", "test 2"]


def test_threads_end_with_their_object_and_drop_what_is_not_begun() -> None:
    workers = Workers(1, "test that ends")
    is_busy, may_go, done = threading.Event(), threading.Event(), list[int]()

    def busy() -> None:
        is_busy.set()
        may_go.wait(10)
        done.append(1)

    workers.submit(busy)
    workers.submit(lambda: done.append(2))
    is_busy.wait(10)
    threading.Timer(0.2, may_go.set).start()
    del workers
    assert done == [1]
    assert "test that ends 1" not in names()
