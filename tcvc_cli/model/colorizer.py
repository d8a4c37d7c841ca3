"""Anchor networks: what every one meets, what each can do, and the registry of their names.

Those of tcvc stand in `BUILT_IN`. Other packages add their own by the entry point group `tcvc.colorizers`
(docs/colorizers.md): their names are read without importing anything of theirs, and a module is imported only
when its name is asked for. Importing this module does not import torch.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import EntryPoint, distributions
from typing import TYPE_CHECKING, Final, Literal, Protocol, cast

from tcvc_cli.errors import BrokenColorizer, TcvcError, UnknownModel

if TYPE_CHECKING:
    from torch import Tensor, device, nn

GROUP: Final = "tcvc.colorizers"
_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")
_LARGEST_PX: Final = 4096


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a colorizer can do. Raises ValueError for sizes that make no sense.

    `gives`: "features", and then it is a `FilmNetwork`, which propagates states of its own; or "ab" alone,
    which is propagated by flow. `stride` is the px of its input per cell of what it gives; H and W of its
    input are multiples of `size_multiple` px, which is one of `stride`. `native_size_px` is the short side of
    the input that suits it best. With `takes_hints` it looks at them. `palettes` is how many other colourings
    it has, chosen by `choose_palette`. With `is_vivid_at_will` it has `choose_vividness`.
    `sees_places`: it is a `LookingNetwork`, by which places are found again in other frames.
    `has_published_path`: it is a `ClipNetwork`, which its authors run in a way of their own.
    `tells_doubt`: it is a `DoubtingNetwork`, which says how far off it expects to be.
    """

    gives: Literal["features", "ab"]
    native_size_px: int
    stride: int = 1
    size_multiple: int = 1
    takes_hints: bool = False
    palettes: int = 0
    is_vivid_at_will: bool = False
    sees_places: bool = False
    has_published_path: bool = False
    tells_doubt: bool = False

    def __post_init__(self) -> None:
        sizes = self.native_size_px, self.stride, self.size_multiple
        if self.gives not in ("features", "ab") or not all(1 <= one <= _LARGEST_PX for one in sizes):
            raise ValueError(f"abilities that make no sense: {self}")
        if self.size_multiple % self.stride:
            raise ValueError(f"{self.size_multiple} px are no multiple of a stride of {self.stride} px")
        if self.has_published_path and self.gives == "ab":
            raise ValueError("a published path needs a network that gives features")
        if self.tells_doubt and self.gives == "ab":
            raise ValueError("doubt is told by a network that gives features")


class Colorizer(Protocol):
    """Colours single frames. Its own normalisation stays inside."""

    @property
    def abilities(self) -> Abilities: ...

    def colorize(self, lightness: Tensor, hints: Tensor | None = None) -> Tensor:
        """(N, 1, H, W) float32 L* in [0, 100] -> (N, 2, H/stride, W/stride) ab in CIE units.

        `hints` (N, 3, H/stride, W/stride) are a*, b* in CIE units and a confidence in [0, 1]; 0 is no hint.
        They are given to those that take them, and may be None.
        """
        ...


class PaletteColorizer(Colorizer, Protocol):
    """One with other colourings than its own choice."""

    def choose_palette(self, number: int) -> None:
        """0 for its own choice, 1 to `abilities.palettes` for another."""
        ...


class VividColorizer(Colorizer, Protocol):
    """One that can be more vivid than its own choice."""

    def choose_vividness(self, vivid: float | None) -> None:
        """0 for colours as pale as it is unsure, to 1 for as much colour as it thinks that there is; None for
        its own choice, which is what it begins with."""
        ...


class PackagedColorizer(Colorizer, Protocol):
    """One of another package, which loads its weights itself.

    `weights` says which they are: their SHA-256 in hex, or a version. Other weights, another text: it counts
    for the fingerprint of a result.
    """

    @property
    def weights(self) -> str: ...


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A network of tcvc: a class in a module, which is imported when it is asked for."""

    module: str
    class_name: str
    abilities: Abilities

    def create(self) -> nn.Module:
        """With fresh weights, on the CPU."""
        return cast("nn.Module", getattr(import_module(self.module), self.class_name)())


BUILT_IN: Final[Mapping[str, BuiltIn]] = {
    "tcvc-dino": BuiltIn(
        "tcvc_cli.model.networks.dino",
        "Dino",
        Abilities(
            "features",
            192,
            stride=4,
            size_multiple=32,
            takes_hints=True,
            palettes=4,
            is_vivid_at_will=True,
            sees_places=True,
            tells_doubt=True,
        ),
    ),
    "tcvc-mini": BuiltIn(
        "tcvc_cli.model.networks.mini",
        "Mini",
        # 192: of 160, 192, 224 and 256 the best on validation, docs/results.md
        Abilities(
            "features",
            192,
            stride=4,
            size_multiple=32,
            takes_hints=True,
            palettes=4,
            sees_places=True,
            tells_doubt=True,
        ),
    ),
    "tcvc-idc": BuiltIn(
        "tcvc_cli.model.networks.idc", "TcvcIdc", Abilities("features", 256, has_published_path=True)
    ),
}
DEFAULT: Final = "tcvc-dino"


@dataclass(frozen=True, slots=True)
class Packaged:
    """What a package offers under a name. `package` is its own name and version; `wrong` says why the
    name cannot be used, None where it can."""

    name: str
    package: str
    entry: EntryPoint
    wrong: str | None = None


def create(name: str) -> nn.Module:
    """The network of tcvc called `name`, with fresh weights, on the CPU. Raises UnknownModel."""
    if name not in BUILT_IN:
        raise unknown(name)
    return BUILT_IN[name].create()


def stated_abilities(name: str) -> Abilities | None:
    """What can be known without loading anything: of tcvc's own networks."""
    return BUILT_IN[name].abilities if name in BUILT_IN else None


def names() -> tuple[str, ...]:
    """All that can be asked for: tcvc's own, then those of other packages."""
    return (*BUILT_IN, *(one.name for one in packaged() if one.wrong is None))


def packaged() -> tuple[Packaged, ...]:
    """What installed packages offer, by name; nothing of theirs is imported."""
    found = sorted(_offers(), key=lambda one: (one.name, one.package))
    counts = Counter(one.name for one in found)
    return tuple(
        Packaged(one.name, one.package, one.entry, _wrong_with(one.name, counts[one.name])) for one in found
    )


def unknown(name: str) -> UnknownModel:
    """The error for a name that nothing has; it lists those that there are."""
    refused = next((one for one in packaged() if one.name == name and one.wrong), None)
    why = f"there is no model {printable(name)}"
    if refused is not None:
        why = f"{refused.package} offers a model {printable(name)}, which is not used: {refused.wrong}"
    return UnknownModel(why, f"Choose one of: {', '.join(names())}.")


def load_packaged(name: str, on: device) -> tuple[PackagedColorizer, Packaged]:
    """The colorizer that a package offers as `name`, on a device, and who offers it.

    Raises UnknownModel, BrokenColorizer with one line that names the package, or the TcvcError that the
    package raises itself.
    """
    offer = next((one for one in packaged() if one.name == name and one.wrong is None), None)
    if offer is None:
        raise unknown(name)
    try:
        colorizer = cast("Callable[[device], PackagedColorizer]", offer.entry.load())(on)
        lacks = _lacking(colorizer)
    except TcvcError:
        raise
    except (Exception, SystemExit) as error:  # whatever a stranger's code does
        raise broken(offer, f"{type(error).__name__}: {error}") from error
    if lacks:
        raise broken(offer, lacks)
    return colorizer, offer


def broken(offer: Packaged, why: str) -> BrokenColorizer:
    """One line about a package whose colorizer does not work."""
    return BrokenColorizer(f"{offer.name} of the package {offer.package} does not work: {printable(why)}")


def printable(text: str, most: int = 200) -> str:
    """What a stranger wrote, as one line that can do a terminal no harm."""
    line = "".join(one if one.isprintable() else " " for one in text.strip())
    return line if len(line) <= most else line[: most - 3] + "..."


def _offers() -> Iterator[Packaged]:
    seen: set[str] = set()
    for distribution in distributions():
        try:
            if GROUP not in (distribution.read_text("entry_points.txt") or ""):
                continue  # most have none; parsing what all have takes longer than the rest of `tcvc --help`
            entries = [entry for entry in distribution.entry_points if entry.group == GROUP]
            name = str(distribution.metadata["Name"]) if entries else ""
            package = printable(f"{name} {distribution.version}") if entries else ""
        except Exception:  # metadata that cannot be read: whose they are, and what they offer, nobody knows
            continue
        if name in seen:
            continue  # the same package further down the path, which Python would not import either
        seen.update([name] if name else [])
        yield from (Packaged(entry.name, package, entry) for entry in entries)


def _wrong_with(name: str, count: int) -> str | None:
    if not _NAME.fullmatch(name):
        return "a name is small letters, digits, dots, dashes and underscores, 64 at most"
    if name in BUILT_IN:
        return "that is a network of tcvc's own"
    return "another package offers that name too" if count > 1 else None


def _lacking(colorizer: PackagedColorizer) -> str | None:
    """Why it is no PackagedColorizer."""
    if not isinstance(getattr(colorizer, "abilities", None), Abilities):
        return "it states no abilities"
    methods = ["colorize"]
    if colorizer.abilities.palettes:
        methods.append("choose_palette")
    if colorizer.abilities.is_vivid_at_will:
        methods.append("choose_vividness")
    if colorizer.abilities.gives == "features":
        methods += ["flow_estimator", "anchor_states", "contexts", "carry", "fuse", "ab"]
    if colorizer.abilities.sees_places:
        methods += ["look_at", "outlines_at", "other_colors", "states_of"]
    if colorizer.abilities.has_published_path:
        methods.append("colorize_clip")
    if colorizer.abilities.tells_doubt:
        methods.append("doubt")
    missing = [method for method in methods if not callable(getattr(colorizer, method, None))]
    if missing:
        return f"it has no {missing[0]}"
    weights = getattr(colorizer, "weights", None)
    is_text = isinstance(weights, str) and weights.isprintable() and 0 < len(weights) <= 200
    return None if is_text else "it does not state its weights in one line of text"
