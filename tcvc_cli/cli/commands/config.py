"""`tcvc config`: what stands in files and variables, brought under the options of the command line."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

import typer

from tcvc_cli.cli import telling
from tcvc_cli.cli.arguments import Json
from tcvc_cli.cli.command import App
from tcvc_cli.cli.console import one_line
from tcvc_cli.errors import UsageError
from tcvc_cli.names import protect_config

if TYPE_CHECKING:
    from tcvc_cli.run.options.config import Setting

COMMANDS = ("colorize", "batch")
AS_COLORIZE = ("preview",)  # what stands for colorize counts for these, but for its output
ENVIRONMENT = "TCVC_"
VARIABLE = "TCVC_CONFIG"

app = App()


def apply(context: typer.Context, file: Path | None) -> None:
    """Files and variables become defaults of the commands that take them; of others they say nothing."""
    if context.invoked_subcommand not in (*COMMANDS, *AS_COLORIZE):
        return
    found = {
        command: {names_of(context, command)[key]: setting for key, setting in settings.items()}
        for command, settings in effective_settings(context, file).items()
    }
    found |= {command: _shared(context, command, found["colorize"]) for command in AS_COLORIZE}
    context.obj = found
    _admit_files(found[context.invoked_subcommand], file)
    context.default_map = {
        command: {name: _value(context, command, name, one) for name, one in settings.items()}
        for command, settings in found.items()
    }


def _admit_files(settings: Mapping[str, Setting], file: Path | None) -> None:
    """What nobody asked for in this run is not applied in silence, nor without limits. Raises UsageError."""
    from tcvc_cli.run.options.config import refuse_beyond_folder

    if _asked_for(file) is not None:
        return
    paths = list(map(str, usual_files()))
    refuse_beyond_folder(one for one in settings.values() if one.origin == paths[-1])
    for path in paths:
        keys = sorted(one.key for one in settings.values() if one.origin == path)
        if keys:
            telling.note_found(one_line(f"tcvc: options from {os.path.abspath(path)}: {', '.join(keys)}"))


def _asked_for(file: Path | None) -> Path | None:
    """The file that counts in place of those that are found."""
    return Path(os.environ[VARIABLE]) if file is None and VARIABLE in os.environ else file


def _shared(context: typer.Context, command: str, settings: Mapping[str, Setting]) -> dict[str, Setting]:
    """Those of the settings whose options the command has as well, by the same names."""
    names = {*names_of(context, command).values()} - {"output"}
    return {name: one for name, one in settings.items() if name in names}


def origin_of(context: typer.Context | None, parameter: typer.CallbackParam | None) -> str | None:
    """The file or variable that a parameter's value is from, with its key; None for the command line."""
    if context is None or parameter is None or parameter.name is None or not isinstance(context.obj, dict):
        return None
    setting: Setting | None = context.obj.get(context.info_name, {}).get(parameter.name)
    source = context.get_parameter_source(parameter.name)
    if setting is None or (source is not None and source.name == "COMMANDLINE"):
        return None
    return _place_of(setting)


@contextmanager
def origins_named(context: typer.Context) -> Iterator[None]:
    """A UsageError about an option begins with the file or variable that its value is from."""
    try:
        yield
    except UsageError as error:
        about = {str(one.name): one for one in context.command.params}.get(error.option or "")
        origin = origin_of(context, cast("typer.CallbackParam | None", about))
        if origin is None:
            raise
        raise UsageError(f"{origin}: {error}", error.advice) from error


def _value(context: typer.Context, command: str, name: str, setting: Setting) -> object:
    """An option that may be given again takes a list, and one text is a list of one. Raises UsageError."""
    parameters = {one.name: one for one in context.command.commands[command].params}  # type: ignore[attr-defined]
    parameter = parameters[name]
    if getattr(parameter, "is_flag", False):
        return _switched(setting)
    if isinstance(setting.value, bool):
        raise UsageError(f"{_place_of(setting)} is {str(setting.value).lower()}; it takes a value")
    is_repeatable = getattr(parameter, "multiple", False)
    if isinstance(setting.value, str):
        if parameter.nargs > 1:
            return _several(setting.value, parameter.nargs, setting)
        return (setting.value,) if is_repeatable else setting.value
    if not is_repeatable and (parameter.nargs == 1 or parameter.nargs != len(setting.value)):
        raise UsageError(f"{_place_of(setting)} is a list; it takes one value")
    return setting.value


def _switched(setting: Setting) -> bool:
    """Of an option without a value; in a variable it is a word."""
    words = dict.fromkeys(("true", "1", "yes", "on"), True) | dict.fromkeys(
        ("false", "0", "no", "off"), False
    )
    is_variable = setting.origin.startswith(ENVIRONMENT)
    found = words.get(str(setting.value).strip().lower()) if is_variable else setting.value
    if not isinstance(found, bool):
        raise UsageError(f"{_place_of(setting)} takes true or false")
    return found


def _place_of(setting: Setting) -> str:
    is_variable = setting.origin.startswith(ENVIRONMENT)
    return setting.origin if is_variable else f"{setting.origin}, {setting.key}"


def _several(text: str, count: int, setting: Setting) -> list[str]:
    """Of an option that takes several values at once, written one after the other as in a shell."""
    try:
        found = shlex.split(text)
    except ValueError:
        found = []
    if len(found) != count:
        raise UsageError(f"{setting.origin}: {setting.key} takes {count} values")
    return found


def effective_settings(context: typer.Context, file: Path | None) -> dict[str, dict[str, Setting]]:
    from tcvc_cli.run.options.config import effective, from_environment, from_files

    file = _asked_for(file)
    keys = {command: list(names_of(context, command)) for command in COMMANDS}
    every = sorted({key for one in keys.values() for key in one})
    paths = [file] if file is not None else usual_files()
    protect_config(path for path in paths if os.path.isfile(path))
    settings = [
        *from_files(paths, is_required=file is not None),
        *from_environment(os.environ, every),
    ]
    return effective(settings, keys)


def usual_files() -> list[Path]:
    """The user's, then the folder's, which counts more."""
    from platformdirs import user_config_path

    from tcvc_cli.run.options.config import FILE

    return [user_config_path("tcvc", appauthor=False, roaming=True) / FILE, Path(FILE)]


def names_of(context: typer.Context, command: str) -> Mapping[str, str]:
    """Option name without hyphens, `model-size`, to the name that the command's function has for it."""
    group = context.command
    parameters = group.commands[command].params  # type: ignore[attr-defined]
    names = {}
    for parameter in parameters:
        long = [name[2:] for name in parameter.opts if name.startswith("--")]
        if parameter.param_type_name == "option" and "help" not in long:
            names[long[0] if long else parameter.name] = parameter.name
    return names


@app.callback(invoke_without_command=True)
def config_command(context: typer.Context) -> None:
    """Options from tcvc.toml and TCVC_* variables."""
    if context.invoked_subcommand is None:
        raise UsageError("no command given", "For example: tcvc config show.")


@app.command()
def show(context: typer.Context, *, as_json: Json = False) -> None:
    """Print the options that files and variables set, and where each comes from."""
    from tcvc_cli.cli.ndjson import write_record
    from tcvc_cli.cli.printed import SettingPrinted

    root = cast(typer.Context, context.find_root())
    found = effective_settings(root, root.params["config_file"])
    for command, settings in found.items():
        for key, setting in sorted(settings.items()):
            if as_json:
                write_record(SettingPrinted(command, key, setting.value, setting.origin), sys.stdout)
            else:
                print(one_line(f"{command}.{key} = {setting.value}  ({setting.origin})"))
    if not as_json and not any(found.values()):
        looked = ", ".join(map(str, reversed(usual_files())))
        print(one_line(f"nothing is set; looked at {looked} and TCVC_* variables"))
