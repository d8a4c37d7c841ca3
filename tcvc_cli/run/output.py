"""Where the result goes, and whether it may."""

from __future__ import annotations

import os
from pathlib import Path

from tcvc_cli.errors import OutputError, OutputExists, OutputFolderMissing, OutputIsInput
from tcvc_cli.media.carry import codec_of, container_of, default_output, drops
from tcvc_cli.media.losses import refuse_losses
from tcvc_cli.records import FilmInfo
from tcvc_cli.run.options import Options

PHOTOGRAPHS = (".png", ".jpg", ".jpeg", ".tif", ".tiff")


def choose_output(film: FilmInfo, options: Options) -> Path:
    """The path of the result. Raises OutputError when nothing could be written there."""
    output = options.output or default_output(film, options.encoding)
    if options.name_tag:
        output = output.with_name(f"{output.stem}.{options.name_tag}{output.suffix}")
    if film.is_photograph:
        if output.suffix.lower() not in PHOTOGRAPHS:
            raise OutputError(f"a photograph cannot be written as {output.name}", "Use .png, .jpg or .tif.")
    else:
        _check_codec(output, options)
        if options.is_strict:
            refuse_losses(output, (), drops(film, output))
    if not output.parent.is_dir():
        raise OutputFolderMissing(f"there is no folder {output.parent}")
    if not os.access(output.parent, os.W_OK):
        raise OutputError(f"the folder {output.parent} cannot be written to")
    if output.is_dir():
        raise OutputError(f"{output} is a folder")
    if output.exists() and output.samefile(film.path):
        raise OutputIsInput(f"{output} is the input itself")
    return output


def _check_codec(output: Path, options: Options) -> None:
    codec = codec_of(options.encoding)
    if codec not in container_of(output).video:
        raise OutputError(
            f"{output.name}: {output.suffix} does not hold the {codec} of {_who(options)}",
            "Give a name that ends in .mkv.",
        )


def _who(options: Options) -> str:
    return f"--encoder {options.encoder}" if options.encoder else f"--preset {options.preset}"


def is_skipped(output: Path, options: Options) -> bool:
    """True when there is a result already and `-n` was given. OutputExists when nothing was."""
    if not output.exists() or options.on_existing == "overwrite":
        return False
    if options.on_existing == "skip":
        return True
    raise OutputExists(f"{output} is there already")
