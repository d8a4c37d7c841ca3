"""What a run ran on and with, as PREMIS has it: a list of named parts."""

from __future__ import annotations

import platform
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tcvc_cli.run.provenance.sidecar import FinishedRun, this_tool

Identifier = tuple[str, str]  # type and value
_OURS: Final = uuid.uuid5(uuid.NAMESPACE_URL, "urn:tcvc:environment")


@dataclass(frozen=True, slots=True)
class Part:
    """`function` is a term of environmentFunctionType, with its `code` there, None where it has none."""

    function: str
    code: str | None
    name: str
    version: str

    @property
    def identifier(self) -> Identifier:
        """The same part, the same identifier, in every record."""
        return "UUID", str(uuid.uuid5(_OURS, f"{self.function}|{self.name}|{self.version}"))


def environment_of(run: FinishedRun) -> tuple[Part, ...]:
    """The machine, its system, Python, the libraries that make pixels and packets, and the model."""
    return tuple(_parts(run))


def _parts(run: FinishedRun) -> Iterator[Part]:
    tool, plan = this_tool(), run.plan
    yield Part("hardware", "har", f"{plan.device} ({platform.machine()}), {plan.precision}", "")
    yield Part("operating system", None, platform.system() or "unknown", platform.release())
    yield Part("ancillary", "anc", "Python", tool.python)
    for name, version in tool.libraries.items():
        yield Part("ancillary", "anc", name, version)
    yield Part("ancillary", "anc", f"model {plan.options.model}", plan.weights_sha256)
