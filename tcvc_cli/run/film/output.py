"""Where the result goes, and whether it may."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tcvc_cli.errors import InputError, OutputError, OutputExists, OutputFolderMissing
from tcvc_cli.files import MayReplace, always, draft_of, is_there, never, refuse_special
from tcvc_cli.media.carry.containers import codec_of, container_of, default_output, drops
from tcvc_cli.media.carry.losses import lost_unseen, refuse_losses
from tcvc_cli.media.read.probe import probe
from tcvc_cli.names import Claims, Names, names_of, refuse_long
from tcvc_cli.readers import own_readers
from tcvc_cli.records import FilmInfo
from tcvc_cli.run.credentials.library import is_embedded
from tcvc_cli.run.credentials.source import lost_credentials
from tcvc_cli.run.options.film import Options, flag_of
from tcvc_cli.settings.picture_kinds import PICTURE_SUFFIXES
from tcvc_cli.trace import tracing

PHOTOGRAPHS = (".png", ".jpg", ".jpeg", ".tif", ".tiff")


def choose_output(film: FilmInfo, options: Options) -> Path:
    """The path of the result. Raises OutputError when nothing could be written there."""
    output = options.result_path(default_output(film, options.encoding))
    if options.name_tag:
        output = output.with_name(f"{output.stem}.{options.name_tag}{output.suffix}")
    if film.is_photograph:
        if output.suffix.lower() not in PHOTOGRAPHS:
            raise OutputError(f"a photograph cannot be written as {output.name}", "Use .png, .jpg or .tif.")
    else:
        _check_codec(output, options)
        if options.is_strict:
            lost = lost_unseen(film, container_of(output), lost_credentials(film, options.sign))
            refuse_losses(output, lost, drops(film, output))
    refuse_long(output)
    if not output.parent.is_dir():
        raise OutputFolderMissing(f"there is no folder {output.parent}")
    if not os.access(output.parent, os.W_OK):
        raise OutputError(f"the folder {output.parent} cannot be written to")
    if output.is_dir():
        raise OutputError(f"{output} is a folder")
    return output


def names_for(film: FilmInfo, options: Options) -> Names:
    """All that a run with these options writes. Raises OutputError when it could not be written there."""
    result = choose_output(film, options)
    names = names_of(
        result,
        is_proved=options.is_proved,
        has_premis=options.has_premis,
        has_credentials=options.sign is not None and not is_embedded(result),
        work_dir=options.work_folder,
    )
    if options.trace_file is not None:
        names = replace(names, files=(*names.files, options.trace_file))
    for path in names.files:
        refuse_long(path)
    return names


@contextmanager
def traced(options: Options) -> Iterator[None]:
    """While it lasts, who works and who waits is noted where the options say; a run that fails leaves none.
    Raises what `draft_of` raises."""
    if options.trace_file is None:
        yield
        return
    may_replace = always if options.on_existing == "overwrite" else never
    with draft_of(options.trace_file, may_replace=may_replace) as draft, tracing(draft):
        yield


def inputs_of(options: Options) -> tuple[Path, ...]:
    """The files that a run with these options reads; of a folder of references the pictures in it."""
    shots = () if options.shots_file is None else (options.shots_file,)
    pictures = (one for path in options.references if os.path.isdir(path) for one in _pictures_in(path))
    return (options.input, *shots, *options.references, *pictures, *(options.sign or ()))


def _pictures_in(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES]
    except OSError:  # whoever looks for references there says what is wrong
        return []


@own_readers()
def refuse_collisions(chosen: Sequence[Options]) -> None:
    """Several films of one command: none writes what another reads or writes. Raises OutputError. A film
    that cannot be read is reported when its turn comes."""
    claims = Claims(path for options in chosen for path in inputs_of(options))
    for options in chosen:
        try:
            film = probe(options.input)
        except InputError:
            continue
        claims.claim(names_for(film, options), options.input)


def _check_codec(output: Path, options: Options) -> None:
    codec = codec_of(options.encoding)
    if codec not in container_of(output).video:
        raise OutputError(
            f"{output.name}: {output.suffix} does not hold the {codec} of {_who(options)}",
            "Give a name that ends in .mkv.",
        )


def _who(options: Options) -> str:
    name = "encoder" if options.encoder else "preset"
    return f"{flag_of(name)} {getattr(options, name)}"


def is_skipped(output: Path, options: Options) -> bool:
    """True when there is a result already and it is to be skipped. OutputExists when nothing is said."""
    if not is_there(output) or options.on_existing == "overwrite":
        return False
    if options.on_existing == "skip":
        return True
    raise OutputExists(f"{output} is there already")


def existing(names: Names) -> tuple[Path, ...]:
    """What has one of the names already. Raises OutputError for what is never replaced."""
    for path in names.files:
        refuse_special(path)
    return tuple(path for path in names.files if is_there(path))


def refuse_existing(names: Names, options: Options, is_ours: MayReplace = never) -> None:
    """Raises OutputExists for whatever has one of the names, unless it may be overwritten or `is_ours` knows
    it, and OutputError for what is never replaced."""
    for path in names.files:
        refuse_special(path)
        if is_there(path) and options.on_existing != "overwrite" and not is_ours(path):
            raise OutputExists(f"{path} is there already")
