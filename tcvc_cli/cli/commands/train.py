"""`tcvc train`: make the embedded model again, or a better one. See docs/training.md."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tcvc_cli.cli.arguments import shared
from tcvc_cli.cli.command import App
from tcvc_cli.errors import UsageError
from tcvc_cli.files import make_folder
from tcvc_cli.run.options.film import Options

if TYPE_CHECKING:
    from tcvc_cli.model.networks.mini import Mini

app = App(no_args_is_help=True, help="Make the embedded model again, or a better one (docs/training.md).")

Photographs = Annotated[Path, typer.Option(help="Folder of folders of colour photographs.", exists=True)]
Films = Annotated[Path, typer.Option(help="Folder of films, and of folders of JPEG frames.", exists=True)]
Work = Annotated[Path, typer.Option(help="Folder for checkpoints and logs; a run there is resumed.")]
Config = Annotated[Path | None, typer.Option(help="TOML file with other settings than the shipped ones.")]
Every = Annotated[int, typer.Option(help="Take every Nth validation photograph.", min=1)]
Size = Annotated[int, typer.Option(help="Short side that the network sees, px.")]
Encoder = Annotated[Path, typer.Option(help="The ONNX graph with DINOv2's weights.", exists=True)]
Features = Annotated[
    list[Path], typer.Option(help="The WORK of `tcvc train features`; may be given again.", exists=True)
]
HeldOut = Annotated[
    Path | None,
    typer.Option(
        help="Folder of colour films to judge with; none of their names is learned from.",
        exists=True,
        file_okay=False,
    ),
]
Device = Annotated[str, shared(Options, "device")]


@app.command()
def anchors(photographs: Photographs, work: Work, config: Config = None, device: Device = "auto") -> None:
    """Stage 1: learn colour from photographs. Leaves WORK/anchors.pt."""
    from tcvc_cli.model.runtime import choose_device
    from tcvc_cli.train.anchors import train_anchors
    from tcvc_cli.train.config import PhotographsConfig, load

    make_folder(work)
    settings = load(PhotographsConfig, config, "anchors")
    _print(train_anchors(photographs, work, settings, choose_device(device)))


@app.command()
def propagation(photographs: Photographs, films: Films, work: Work, config: Config = None) -> None:
    """Stage 2: learn to hold colours still. Starts from WORK/anchors.pt, leaves WORK/propagation.pt."""
    from tcvc_cli.train.config import FilmsConfig, load
    from tcvc_cli.train.propagation import train_propagation
    from tcvc_cli.train.resume import trained_network

    settings = load(FilmsConfig, config, "propagation")
    network = trained_network(_needed(work / "anchors.pt"))
    _print(train_propagation(network, photographs, films, work, settings))


@app.command()
def dials(photographs: Photographs, work: Work, every: Every = 1, size: Size = 192) -> None:
    """Print gain over grey and chroma for settings of the dials of `export`, on validation photographs."""
    from tcvc_cli.train.config import PhotographsConfig
    from tcvc_cli.train.dials import log_rarity, survey
    from tcvc_cli.train.material.photographs import read_all, split

    network = _last_network(work)
    pictures = read_all(split(photographs).validation[::every])
    print("calm  sharpness  saturation  gain dB  mean gain dB  chroma share")
    for row in survey(network, log_rarity(photographs, PhotographsConfig()), pictures, size):
        print(
            f"{row.calm:4.2f}  {row.sharpness:9.2f}  {row.saturation:10.2f}  {row.gain_db:7.2f}"
            f"  {row.mean_gain_db:12.2f}  {row.chroma_share:12.3f}"
        )


@app.command()
def export(
    work: Work,
    photographs: Photographs,
    output: Annotated[Path, typer.Option("-o", "--output", help="The safetensors file to write.")],
    calm: Annotated[float, typer.Option(help="Power of the class weights taken back.")] = 0.0,
    sharpness: Annotated[float, typer.Option(help="1 / T of the annealed mean.")] = 1.0,
    saturation: Annotated[float, typer.Option(help="Factor on the colours.")] = 1.0,
) -> None:
    """Set the dials and write the averaged weights of the last stage in half precision."""
    from tcvc_cli.train.config import PhotographsConfig
    from tcvc_cli.train.dials import log_rarity, turn
    from tcvc_cli.train.export import export as write

    network = _last_network(work)
    rarity = log_rarity(photographs, PhotographsConfig())
    turn(network.head, rarity, calm=calm, sharpness=sharpness, saturation=saturation)
    print(f"{output}: {write(network.state_dict(), output)} bytes")


@app.command()
def features(
    photographs: Annotated[
        list[Path], typer.Option(help="Folder of folders of photographs; may be given again.", exists=True)
    ],
    encoder: Encoder,
    work: Work,
    films: Annotated[Path | None, typer.Option(help="Folder of colour films to judge with.")] = None,
    side: Annotated[int, typer.Option(help="Side of the squares shown, px; a multiple of 28.")] = 224,
    most: Annotated[int, typer.Option(help="Stop after so many; 0: after the last.", min=0)] = 0,
) -> None:
    """For tcvc-dino: store what the encoder sees in WORK/validation and WORK/train, which may be stopped."""
    from tcvc_cli.train.dinov2 import published_encoder
    from tcvc_cli.train.material.features import FeatureStore, fill
    from tcvc_cli.train.material.items import training_items, validation_items
    from tcvc_cli.train.material.sources import find_sources

    if side <= 0 or side % 28:
        raise UsageError(f"a side of {side} px is no multiple of 28 px", "Use --side 224, or 168.")
    sources = find_sources(photographs)
    network = published_encoder(encoder)
    judged = validation_items(sources, films, side)
    _print(fill(FeatureStore.at(work / "validation", side), network, judged, 0))
    _print(fill(FeatureStore.at(work / "train", side), network, training_items(sources, side), most))


@app.command()
def places(work: Work, features: Features, config: Config = None, device: Device = "auto") -> None:
    """For tcvc-dino: learn the colours of places from stored features. Leaves WORK/places-N.pt."""
    from tcvc_cli.model.runtime import choose_device
    from tcvc_cli.train.config import PlacesConfig, load
    from tcvc_cli.train.places import train_places

    make_folder(work)
    settings = load(PlacesConfig, config, "places")
    _print(train_places(features, work, settings, choose_device(device)))


@app.command()
def join(
    work: Work,
    features: Features,
    photographs: Annotated[
        list[Path], typer.Option(help="Folder of those that tcvc-mini never saw; may be given again.")
    ],
    config: Config = None,
    device: Device = "auto",
) -> None:
    """For tcvc-dino: join places and tcvc-mini. Needs WORK/places-N.pt, leaves WORK/join.pt."""
    from tcvc_cli.model.runtime import choose_device
    from tcvc_cli.train.config import JoinConfig, load
    from tcvc_cli.train.join import train_join

    _need_places(work)
    settings = load(JoinConfig, config, "join")
    _print(train_join(features[0], photographs, work, settings, choose_device(device)))


@app.command()
def assemble(
    work: Work,
    encoder: Encoder,
    output: Annotated[Path, typer.Option("-o", "--output", help="The safetensors file to write.")],
) -> None:
    """For tcvc-dino: write the network in half precision, from WORK/places-N.pt and WORK/join.pt. What is
    tcvc-mini's in it is left out, since that has a file of its own."""
    from tcvc_cli.model.weights.contained import without_contained
    from tcvc_cli.train.dinov2 import published_encoder
    from tcvc_cli.train.export import export as write
    from tcvc_cli.train.join import assembled

    _need_places(work)
    state = without_contained("dino", assembled(published_encoder(encoder), work).state_dict())
    print(f"{output}: {write(state, output)} bytes")


@app.command()
def descriptors(
    clips: Annotated[
        list[Path],
        typer.Option(
            help="Folder of colour films of one shot each; may be given again.", exists=True, file_okay=False
        ),
    ],
    work: Work,
    held_out: HeldOut = None,
    steps: Annotated[int | None, typer.Option(help="Instead of those of the settings.", min=1)] = None,
    config: Config = None,
    device: Device = "auto",
) -> None:
    """For tcvc-places: learn by what places are found again. Leaves WORK/descriptors.pt."""
    from tcvc_cli.model.runtime import choose_device
    from tcvc_cli.train.config import DescriptorsConfig, load
    from tcvc_cli.train.descriptors.training import train_descriptors

    make_folder(work)
    settings = load(DescriptorsConfig, config, "descriptors")
    settings = settings if steps is None else replace(settings, steps=steps)
    _print(train_descriptors(clips, held_out, work, settings, choose_device(device)))


@app.command()
def describer(
    work: Work,
    output: Annotated[Path, typer.Option("-o", "--output", help="The safetensors file to write.")],
) -> None:
    """Write tcvc-places as it ships, with the describer of WORK/descriptors.pt."""
    from tcvc_cli.train.descriptors.training import is_trained, trained_describer
    from tcvc_cli.train.export import LARGE
    from tcvc_cli.train.export import export as write

    if not is_trained(work):
        raise UsageError(f"{work} holds no describer", "Run: tcvc train descriptors.")
    print(f"{output}: {write(trained_describer(work).state_dict(), output, least_halved=LARGE)} bytes")


@app.command()
def points(
    photographs: Annotated[
        list[Path], typer.Option(help="Folder of folders of photographs; may be given again.", exists=True)
    ],
    work: Work,
    most: Annotated[int | None, typer.Option(help="Learn from so many; 0: from all.", min=0)] = None,
    steps: Annotated[int | None, typer.Option(help="Instead of those of the settings.", min=1)] = None,
    config: Config = None,
    device: Device = "auto",
) -> None:
    """For tcvc-points: learn how far the colour of a place speaks for others. Leaves WORK/points.pt."""
    from tcvc_cli.model.runtime import choose_device
    from tcvc_cli.train.config import PointsConfig, load
    from tcvc_cli.train.points.training import train_points

    make_folder(work)
    settings = load(PointsConfig, config, "points")
    settings = settings if steps is None else replace(settings, steps=steps)
    settings = settings if most is None else replace(settings, most_items=most)
    _print(train_points(photographs, work, settings, choose_device(device)))


@app.command()
def kernel(
    work: Work,
    output: Annotated[Path, typer.Option("-o", "--output", help="The safetensors file to write.")],
) -> None:
    """Write tcvc-points as it ships, with what WORK/points.pt has learned."""
    from tcvc_cli.train.export import LARGE
    from tcvc_cli.train.export import export as write
    from tcvc_cli.train.points.training import is_trained, trained_kernel

    if not is_trained(work):
        raise UsageError(f"{work} holds no covariance of points", "Run: tcvc train points.")
    print(f"{output}: {write(trained_kernel(work).state_dict(), output, least_halved=LARGE)} bytes")


def _last_network(work: Path) -> Mini:
    from tcvc_cli.train.resume import trained_network

    last = work / "propagation.pt"
    return trained_network(last if last.exists() else _needed(work / "anchors.pt"))


def _need_places(work: Path) -> None:
    from tcvc_cli.train.places import is_trained

    if not is_trained(work):
        raise UsageError(f"{work} holds no places", "Run: tcvc train places.")


def _needed(checkpoint: Path) -> Path:
    if not checkpoint.exists():
        raise UsageError(f"there is no {checkpoint}", "Run: tcvc train anchors.")
    return checkpoint


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(line, flush=True)
