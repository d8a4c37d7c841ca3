"""`tcvc train`: make the embedded model again, or a better one, in two stages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tcvc_cli.cli.arguments import Device, Verbose
from tcvc_cli.cli.console import set_verbose
from tcvc_cli.errors import UnreadableInput, UsageError

app = typer.Typer()

Photographs = Annotated[
    Path,
    typer.Argument(
        metavar="PHOTOGRAPHS", help="Folder of folders of colour photographs.", show_default=False
    ),
]
Films = Annotated[Path, typer.Argument(metavar="FILMS", help="Folder of colour films.", show_default=False)]
Weights = Annotated[
    Path, typer.Argument(metavar="FILE", help="What to write: .safetensors.", show_default=False)
]
Work = Annotated[Path, typer.Option(metavar="FOLDER", help="Checkpoints and logs; a run goes on from there.")]
Config = Annotated[
    Path | None, typer.Option(metavar="FILE.toml", help="Settings, in the tables photographs and films.")
]
WORK = Path("runs")


@app.callback(invoke_without_command=True)
def train_command(context: typer.Context) -> None:
    """Train tcvc-mini: photographs, then films, then export."""
    if context.invoked_subcommand is None:
        raise UsageError("no command given", "See tcvc train --help.")


@app.command()
def photographs(
    folder: Photographs,
    *,
    work: Work = WORK,
    config: Config = None,
    device: Device = "auto",
    verbose: Verbose = False,
) -> None:
    """Stage 1: colours of single pictures. Prints a line of JSON now and then."""
    if verbose:
        set_verbose()
    from tcvc_cli.model.runtime import choose_device
    from tcvc_cli.train.anchors import train_anchors
    from tcvc_cli.train.config import PhotographsConfig, load

    settings = load(PhotographsConfig, config, "photographs")
    work.mkdir(parents=True, exist_ok=True)
    for line in train_anchors(existing(folder), work, settings, choose_device(device)):
        print(line, flush=True)


@app.command()
def films(
    folder: Photographs,
    clips: Films,
    *,
    work: Work = WORK,
    config: Config = None,
    verbose: Verbose = False,
) -> None:
    """Stage 2: carrying colours along motion, with the network of stage 1 frozen."""
    if verbose:
        set_verbose()
    from tcvc_cli.model.mini import Mini
    from tcvc_cli.train.checkpoint import averaged_weights
    from tcvc_cli.train.config import FilmsConfig, load
    from tcvc_cli.train.propagation import train_propagation

    settings = load(FilmsConfig, config, "films")
    network = Mini()
    network.load_state_dict(averaged_weights(existing(work / "anchors.pt")))
    for line in train_propagation(network, existing(folder), existing(clips), work, settings):
        print(line, flush=True)


@app.command()
def export(file: Weights, *, work: Work = WORK) -> None:
    """Write the averaged weights of the last stage that was trained, in half precision."""
    from tcvc_cli.train.checkpoint import averaged_weights
    from tcvc_cli.train.export import export as write

    stages = [work / "propagation.pt", work / "anchors.pt"]
    trained = next((path for path in stages if path.exists()), stages[-1])
    size_bytes = write(averaged_weights(existing(trained)), file)
    print(f"{file}: {size_bytes / 2**20:.1f} MiB from {trained}")


def existing(path: Path) -> Path:
    """`path`, or UnreadableInput."""
    if not path.exists():
        raise UnreadableInput(f"{path} does not exist")
    return path
