"""Frames of a shot, in order, and what can be known of each before its window is complete: where its places
went in its neighbours, and of an anchor what the network sees in it. None of that depends on the colours of
other frames, so it is computed in threads of its own, each on one core; the result is the same however many
there are.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from threading import local
from typing import cast

import torch
from torch import Tensor

from tcvc_cli.model.film_network import FilmNetwork
from tcvc_cli.model.flow import FlowEstimator, at_full_size
from tcvc_cli.model.memory.observer import Looked, LookingNetwork
from tcvc_cli.model.precision import Precision
from tcvc_cli.model.propagate import Flows, PairMotion
from tcvc_cli.records import Window
from tcvc_cli.trace import span, waiting
from tcvc_cli.workers import Workers


@dataclass(frozen=True, slots=True)
class Pair:
    """A frame and the next: flow between them at their own size, where it is kept, and what it comes to at
    that of states; on the device of the network."""

    flows: Flows | None
    motion: PairMotion


@dataclass(frozen=True, slots=True)
class _Estimators:
    of_states: FlowEstimator
    of_given: FlowEstimator


class Lookout:
    """Finds flows of pairs in `workers`; where it `looks`, for which the network must bear several threads,
    it looks at anchors too."""

    def __init__(self, network: FilmNetwork, precision: Precision, workers: Workers, *, looks: bool) -> None:
        self._network, self._precision, self._workers = network, precision, workers
        self.looks, self._own = looks, local()

    def pair(self, one: Tensor, next_one: Tensor, *, keeps_flows: bool) -> Future[Pair]:
        """Of two frames (1, 1, H, W)."""
        return self._workers.submit(lambda: self._pair(one, next_one, keeps_flows=keeps_flows))

    def look(self, lightness: Tensor) -> Future[Looked]:
        return self._workers.submit(lambda: self._look(lightness))

    @torch.inference_mode()
    def _pair(self, one: Tensor, next_one: Tensor, *, keeps_flows: bool) -> Pair:
        with span("flow"):
            device = self._precision.device
            flow = self._flows().of_given if keeps_flows else self._flows().of_states
            ahead, back = flow.between(one, next_one).to(device), flow.between(next_one, one).to(device)
            both, flows = torch.cat([one, next_one]).to(device), Flows(ahead, back)
            motion = PairMotion.of(both, flows, self._network.abilities.stride)
            return Pair(flows if keeps_flows else None, motion)

    @torch.inference_mode()
    def _look(self, lightness: Tensor) -> Looked:
        with span("look"), self._precision.autocast():
            return cast(LookingNetwork, self._network).look_at(lightness)

    def _flows(self) -> _Estimators:
        """Of this thread."""
        if not hasattr(self._own, "flows"):
            of_states = self._network.flow_estimator()
            self._own.flows = _Estimators(of_states, at_full_size(of_states))
        return cast(_Estimators, self._own.flows)


class FramesAhead:
    """The frames of one shot that are held, by number. Flows at their size are large, and seldom kept."""

    def __init__(self, lookout: Lookout, *, keeps_flows: bool = False) -> None:
        self._lookout, self._keeps_flows = lookout, keeps_flows
        self._last: tuple[int, Tensor] | None = None
        self._pairs: dict[int, Future[Pair]] = {}  # by the number of the first
        self._looks: dict[int, Future[Looked]] = {}

    def add(self, number: int, lightness: Tensor) -> None:
        """The frame that follows the one before; `lightness` (1, 1, H, W) L*."""
        if self._last is not None and self._last[0] == number - 1:
            before = self._last[1]
            pair = self._lookout.pair(before, lightness, keeps_flows=self._keeps_flows)
            self._pairs[number - 1] = pair
        self._last = number, lightness

    def look_at(self, number: int, lightness: Tensor) -> None:
        """An anchor, (1, 1, H, W) L*."""
        if self._lookout.looks and number not in self._looks:
            self._looks[number] = self._lookout.look(lightness)

    def pairs(self, window: Window) -> list[Pair]:
        """Of the neighbours in a window, all of whose frames have come."""
        with waiting("waiting for flow"):
            return [self._pairs[number].result() for number in range(window.start, window.stop - 1)]

    def looks(self, anchors: Iterable[int]) -> dict[int, Looked]:
        """Of those of the anchors that were looked at."""
        with waiting("waiting for looks"):
            return {one: self._looks[one].result() for one in anchors if one in self._looks}

    def forget_before(self, number: int) -> None:
        self._pairs = {one: pair for one, pair in self._pairs.items() if one >= number}
        self._looks = {one: look for one, look in self._looks.items() if one >= number}
