"""What a machine does not give is said alike, whoever noticed it."""

from __future__ import annotations

import errno

import cv2
import pytest
import torch

from tcvc_cli.errors import InternalError, LimitReached, OutOfMemory, OutputError, TcvcError
from tcvc_cli.limits import lost_library, refuse_low_limits, unforeseen


def caught(call: object, *arguments: object) -> Exception:
    assert callable(call)
    with pytest.raises(Exception) as error:  # noqa: PT011 (of whichever library)
        call(*arguments)
    assert isinstance(error.value, Exception)
    return error.value


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (MemoryError(), OutOfMemory),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), OutOfMemory),
        (caught(torch.empty, 1 << 60), OutOfMemory),
        (
            cv2.error("OpenCV(5) alloc.cpp:73: error: (-4:Insufficient memory) in alloc"),
            OutOfMemory,
        ),
        (ImportError("libtorch_cpu.so: failed to map segment from shared object"), OutOfMemory),
        (RuntimeError("can't start new thread"), LimitReached),
        (BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable"), LimitReached),
        (OSError(errno.EMFILE, "Too many open files"), LimitReached),
        (ValueError("can't start new thread"), InternalError),
        (KeyError("torn"), InternalError),
        (OutputError("no"), OutputError),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value.__name__,
)
def test_every_limit_is_told(error: Exception, kind: type[TcvcError]) -> None:
    told = unforeseen(error)
    assert type(told) is kind
    assert "\n" not in str(told)


def test_too_little_is_refused_before_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    resource = pytest.importorskip("resource")
    allowed = {resource.RLIMIT_AS: (-1, -1), resource.RLIMIT_NOFILE: (8, 1024)}
    monkeypatch.setattr(resource, "getrlimit", allowed.__getitem__)
    monkeypatch.setattr(resource, "setrlimit", allowed.__setitem__)
    refuse_low_limits()
    assert allowed[resource.RLIMIT_NOFILE] == (64, 1024)
    allowed[resource.RLIMIT_NOFILE] = (8, 8)
    with pytest.raises(LimitReached, match="fewer than 64 files"):
        refuse_low_limits()
    allowed[resource.RLIMIT_AS] = (200 << 20, -1)
    with pytest.raises(OutOfMemory, match="less than 512 MiB"):
        refuse_low_limits()


def test_the_cause_counts() -> None:
    outer = ValueError("no picture")
    outer.__cause__ = MemoryError()
    assert isinstance(unforeseen(outer), OutOfMemory)
    assert isinstance(lost_library(ImportError("x: failed to map segment")), OutOfMemory)
    assert lost_library(ImportError("no module")).exit_code == 1
