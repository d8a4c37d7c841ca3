"""`tcvc train`: make the embedded model again, or a better one. See docs/training.md."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tcvc_cli.cli.arguments import shared
from tcvc_cli.errors import UsageError
from tcvc_cli.run.options import Options

if TYPE_CHECKING:
    from tcvc_cli.model.networks.mini import Mini

app = typer.Typer(
    no_args_is_help=True, help="Make the embedded model again, or a better one (docs/training.md)."
)

Photographs = Annotated[Path, typer.Option(help="Folder of folders of colour photographs.", exists=True)]
Films = Annotated[Path, typer.Option(help="Folder of films, and of folders of JPEG frames.", exists=True)]
Work = Annotated[Path, typer.Option(help="Folder for checkpoints and logs; a run there is resumed.")]
Config = Annotated[Path | None, typer.Option(help="TOML file with other settings than the shipped ones.")]
Every = Annotated[int, typer.Option(help="Take every Nth validation photograph.", min=1)]
Size = Annotated[int, typer.Option(help="Short side that the network sees, px.")]
Device = Annotated[str, shared(Options, "device")]


@app.command()
def anchors(photographs: Photographs, work: Work, config: Config = None, device: Device = "auto") -> None:
    """Stage 1: learn colour from photographs. Leaves WORK/anchors.pt."""
    from tcvc_cli.model.runtime import choose_device
    from tcvc_cli.train.anchors import train_anchors
    from tcvc_cli.train.config import PhotographsConfig, load

    work.mkdir(parents=True, exist_ok=True)
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
    encoder: Annotated[Path, typer.Option(help="The ONNX graph with DINOv2's weights.", exists=True)],
    work: Work,
    films: Annotated[Path | None, typer.Option(help="Folder of colour films to learn from.")] = None,
    validation_films: Annotated[Path | None, typer.Option(help="Folder of others to judge with.")] = None,
    most: Annotated[int, typer.Option(help="Stop after so many; 0: after the last.", min=0)] = 0,
) -> None:
    """For tcvc-dino: store what the encoder sees in WORK/validation and WORK/train, which may be stopped."""
    from tcvc_cli.train.dinov2 import published_encoder
    from tcvc_cli.train.material.features import fill
    from tcvc_cli.train.material.items import training_items, validation_items
    from tcvc_cli.train.material.sources import find_sources

    sources = find_sources(photographs)
    network = published_encoder(encoder)
    _print(fill(work / "validation", network, validation_items(sources, validation_films), 0))
    _print(fill(work / "train", network, training_items(sources, films), most))


@app.command()
def decoder(
    work: Work,
    features: Annotated[Path, typer.Option(help="The WORK of `tcvc train features`.", exists=True)],
    config: Config = None,
) -> None:
    """For tcvc-dino: learn colour from stored features. Leaves WORK/decoder.pt."""
    from tcvc_cli.train.config import DecoderConfig, load
    from tcvc_cli.train.decoder import train_decoder

    work.mkdir(parents=True, exist_ok=True)
    _print(train_decoder(features, work, load(DecoderConfig, config, "decoder")))


def _last_network(work: Path) -> Mini:
    from tcvc_cli.train.resume import trained_network

    last = work / "propagation.pt"
    return trained_network(last if last.exists() else _needed(work / "anchors.pt"))


def _needed(checkpoint: Path) -> Path:
    if not checkpoint.exists():
        raise UsageError(f"there is no {checkpoint}", "Run: tcvc train anchors.")
    return checkpoint


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(line, flush=True)
