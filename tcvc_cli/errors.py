"""Every error that tcvc raises on purpose, with its exit code and what to do about it.

    TcvcError                    1
    ├── UsageError               2   an option, or a combination of options, makes no sense
    ├── InputError               3   the film, or a file beside it, cannot be used
    │   ├── UnreadableInput          missing, a folder, no permission
    │   ├── NotAFilm                 no demuxer knows it
    │   ├── NoVideoStream            sound only, or pictures that are attachments
    │   ├── EmptyFilm                a video stream without one decodable frame
    │   ├── FrameTooLarge            more pixels than a frame may have
    │   ├── TruncatedFilm            ends before its header says it does
    │   ├── ChangingFilm             another size, pixel format or range in mid-stream
    │   ├── DamagedFilm              strict, and the decoder had to make up what is missing
    │   ├── ChangedMeanwhile         it, or what decides about it, was changed or replaced during the run
    │   ├── BadShotList              the edited shot list does not fit the film
    │   ├── ShotsMissing             a film is to be put together, and not all of it is coloured
    │   ├── BadSettings              the film's settings cannot be read, or do not fit it
    │   └── BadReference             a picture in colour that cannot be used, or not beside another
    ├── OutputError              4   the result cannot be written there
    │   ├── OutputExists
    │   ├── OutputFolderMissing
    │   ├── OutputIsInput
    │   ├── OutputBusy               another process is making it
    │   ├── StreamNotCarried         strict, and the container cannot hold a stream
    │   └── DiskFull
    ├── ModelError               5   the network, its weights or the device
    │   ├── UnknownModel
    │   ├── BrokenColorizer          of another package, and it cannot be loaded or does not work
    │   ├── WeightsMissing
    │   ├── WeightsRefused           wrong hash, wrong names or shapes, code in a pickle
    │   ├── DeviceUnavailable
    │   ├── OutOfMemory              of the device, with the least that can be computed at once, or of all
    │   └── LimitReached             no more threads, processes or open files are allowed
    ├── MediaError               6   the decoder, encoder or muxer gave up half-way
    │   └── ShotsFailed              of a film that several machines colour; the others are kept
    ├── ProofFailed              7   the result is not what was promised
    ├── BatchFailed              8   some of several films failed, the others are done
    ├── InternalError           70   whatever tcvc did not foresee: a fault of its own
    └── Interrupted            130   Ctrl-C, or SIGTERM
        └── HungUp             129   the terminal is gone: SIGHUP

An error is one line for a person: what is wrong (`str(error)`) and what to do (`error.advice`). An advice
names an option by its declared name in braces, `{is_strict}`; the command line says its flag.
"""

from __future__ import annotations

from typing import ClassVar


class TcvcError(Exception):
    """Base of the tree. `advice` is one sentence that says what the user can do."""

    exit_code: ClassVar[int] = 1
    default_advice: ClassVar[str] = "Run again with {verbose} for details."

    def __init__(self, message: str, advice: str | None = None) -> None:
        super().__init__(message)
        self.advice = advice if advice is not None else self.default_advice


class UsageError(TcvcError):
    """`option` is the declared name of the option that it is about, where it is about one."""

    exit_code = 2
    default_advice = "See tcvc {help}."

    def __init__(self, message: str, advice: str | None = None, *, option: str | None = None) -> None:
        super().__init__(message, advice)
        self.option = option


class InputError(TcvcError):
    exit_code = 3
    default_advice = "Check the file with another player."


class UnreadableInput(InputError):
    default_advice = "Check the path and its permissions."


class NotAFilm(InputError):
    default_advice = "Give a film or a photograph that FFmpeg can read."


class NoVideoStream(InputError):
    default_advice = "Give a file with a picture in it."


class EmptyFilm(InputError):
    default_advice = "The file holds no frame; copy it again from its source."


class FrameTooLarge(InputError):
    default_advice = "Give a smaller copy of it."


class TruncatedFilm(InputError):
    default_advice = "Copy it again, or cut it where it breaks off with {end_s}."


class ChangingFilm(InputError):
    default_advice = "Colour each part for itself, with {start_s} and {end_s}."


class DamagedFilm(InputError):
    default_advice = "Copy it again, or leave out {is_strict}."


class ChangedMeanwhile(InputError):
    default_advice = "Run the same command again once nobody writes to it."


class BadShotList(InputError):
    default_advice = "Write a fresh list with: tcvc shots FILE {csv}."


class ShotsMissing(InputError):
    default_advice = "Run the shards again that did not end, or tcvc colorize, which colours the rest."


class BadSettings(InputError):
    default_advice = "Correct that line; docs/settings.md lists what a line may say."


class BadReference(InputError):
    default_advice = "Save it again from its source, or leave it out."


class OutputError(TcvcError):
    exit_code = 4
    default_advice = "Give another place with {output}."


class OutputExists(OutputError):
    default_advice = "Use {overwrite} to overwrite it, {skip} to skip it, or {output} for another name."


class OutputFolderMissing(OutputError):
    default_advice = "Make the folder first, or give another with {output}."


class OutputIsInput(OutputError):
    default_advice = "The input is never overwritten; give another name with {output}."


class OutputBusy(OutputError):
    default_advice = "Wait for it to end, or stop it; then run the same command again."


class StreamNotCarried(OutputError):
    default_advice = "Write to .mkv, or leave out {is_strict}."


class DiskFull(OutputError):
    default_advice = "Make room, then run the same command again."


class ModelError(TcvcError):
    exit_code = 5
    default_advice = "See tcvc weights list."


class UnknownModel(ModelError):
    pass


class BrokenColorizer(ModelError):
    default_advice = "Repair that package, uninstall it, or choose another {model}."


class WeightsMissing(ModelError):
    pass


class WeightsRefused(ModelError):
    default_advice = "Get the file again from its source; nothing in it was run."


class DeviceUnavailable(ModelError):
    default_advice = "Use {device} auto."


class OutOfMemory(ModelError):
    default_advice = "Use a smaller {model_size_px}, or {device} cpu."


class LimitReached(ModelError):
    default_advice = "Allow more, see ulimit -a."


class MediaError(TcvcError):
    exit_code = 6
    default_advice = "Run again with {verbose}; the input is untouched."


class ProofFailed(TcvcError):
    exit_code = 7
    default_advice = "Keep the original; the report says what differs."


class ShotsFailed(MediaError):
    default_advice = "The same command tries them again."


class BatchFailed(TcvcError):
    exit_code = 8
    default_advice = "The table says which and why; the same command tries them again."


class InternalError(TcvcError):
    """Something that tcvc did not foresee."""

    exit_code = 70  # EX_SOFTWARE of sysexits.h


class Interrupted(TcvcError):
    exit_code = 130
    default_advice = "Nothing was left half-written; the same command goes on where this one stopped."


class HungUp(Interrupted):
    exit_code = 129
