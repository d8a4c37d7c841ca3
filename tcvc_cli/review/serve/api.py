"""What the page can ask for beside its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, TypeVar
from urllib.parse import parse_qs

from tcvc_cli.errors import TcvcError
from tcvc_cli.plain import from_json
from tcvc_cli.review.serve.coloring import Begun, Coloring
from tcvc_cli.review.serve.http.answers import Answer, Refused, as_json
from tcvc_cli.review.serve.http.files_inside import JSON, OTHER, SCRIPT
from tcvc_cli.review.serve.references import References
from tcvc_cli.review.serve.settings_file import ChangedMeanwhile, SettingsFile, WantedText

Record = TypeVar("Record")

SERVED: Final = "data/served.js"
_SERVED_TEXT: Final = b'tcvcReview.served = {"api": "api/"};\n'
_MOST_FIELDS: Final = 8
_LAST_EVENT: Final = 10**15


@dataclass(frozen=True, slots=True)
class Body:
    """What is taken with a POST."""

    content_type: str
    most_bytes: int


POSTS: Final[Mapping[str, Body]] = {
    "api/settings": Body(JSON, 4 << 20),
    "api/reference": Body(OTHER, 64 << 20),
    "api/colorize": Body(JSON, 1 << 10),
    "api/stop": Body(JSON, 1 << 10),
}
GETS: Final = (SERVED, "api/settings", "api/colorize")


@dataclass(frozen=True, slots=True)
class Saved:
    sha256: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """What the settings file says by now."""

    message: str
    text: str
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Nothing:
    """`{}`"""


@dataclass(frozen=True, slots=True)
class Api:
    """`name` is one of `GETS`, or of `POSTS`. Every answer is given, or a Refused raised."""

    settings: SettingsFile
    references: References
    coloring: Coloring

    def get(self, name: str, query: str) -> Answer:
        if name == SERVED:
            return Answer(HTTPStatus.OK, _SERVED_TEXT, SCRIPT)
        try:
            if name == "api/settings":
                return as_json(self.settings.read())
            return as_json(self.coloring.progress(_number(query, "since")))
        except TcvcError as error:
            raise _unfit(error) from error

    def post(self, name: str, query: str, body: bytes) -> Answer:
        try:
            match name:
                case "api/settings":
                    return self._save(_read(WantedText, body))
                case "api/reference":
                    return as_json(self.references.add(_field(query, "name"), body))
                case "api/colorize":
                    _read(Nothing, body)
                    return self._colorize()
            _read(Nothing, body)
            self.coloring.stop()
            return as_json(Nothing(), HTTPStatus.ACCEPTED)
        except TcvcError as error:
            raise _unfit(error) from error

    def _save(self, wanted: WantedText) -> Answer:
        try:
            return as_json(Saved(self.settings.save(wanted)))
        except ChangedMeanwhile as error:
            conflict = Conflict(str(error), error.now.text, error.now.sha256)
            return as_json(conflict, HTTPStatus.CONFLICT)

    def _colorize(self) -> Answer:
        run = self.coloring.start()
        if run is None:
            raise Refused(HTTPStatus.CONFLICT, "the film is being coloured already")
        return as_json(Begun(run), HTTPStatus.ACCEPTED)


def _read(kind: type[Record], body: bytes) -> Record:
    try:
        return from_json(kind, body)
    except ValueError as error:
        raise Refused(HTTPStatus.BAD_REQUEST, f"no JSON as it is wanted: {error}") from error


def _field(query: str, name: str) -> str:
    """The one value of a field of the query."""
    try:
        fields = parse_qs(query, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise Refused(HTTPStatus.BAD_REQUEST, "the query cannot be read") from error
    values = fields.get(name, [])
    if len(values) != 1:
        raise Refused(HTTPStatus.BAD_REQUEST, f"one {name} was expected")
    return values[0]


def _number(query: str, name: str) -> int:
    text = _field(query, name) if query else "0"
    if not (text.isascii() and text.isdecimal() and len(text) < len(str(_LAST_EVENT))):
        raise Refused(HTTPStatus.BAD_REQUEST, f"{name} is a number from 0")
    return int(text)


def _unfit(error: TcvcError) -> Refused:
    return Refused(HTTPStatus.UNPROCESSABLE_ENTITY, str(error))
