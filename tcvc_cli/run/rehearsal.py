"""A trial film through everything, with the proof, and what another FFmpeg says of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tcvc_cli.errors import ProofFailed
from tcvc_cli.media.ffmpeg_command import frame_hashes, stream_hashes
from tcvc_cli.media.write.trial_film import write_trial_film
from tcvc_cli.run.events import Finished, ShotsFound
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.options.film import Options, Preset

_MODEL_SIZE_PX = 64
_PICTURE = 0  # the stream's index in the trial film and in its results


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """`film` is the trial film, `result` what became of it."""

    film: Path
    result: Path
    shots: int
    seconds: float


def rehearse(folder: Path, preset: Preset) -> Rehearsal:
    """Writes only into `folder`. Raises whatever goes wrong, ProofFailed if the result is not the film."""
    film, result = folder / "trial.mkv", folder / f"trial.{preset}.mkv"
    write_trial_film(film)
    options = Options(film, result, preset=preset, model_size_px=_MODEL_SIZE_PX, is_proved=True)
    shots, seconds = 0, 0.0
    for event in colorize(options):
        match event:
            case ShotsFound():
                shots = len(event.shots)
            case Finished():
                seconds = event.seconds
    return Rehearsal(film, result, shots, seconds)


def ask_ffmpeg(master: Rehearsal) -> None:
    """Compares luma and sound by the `ffmpeg` on the PATH. Raises ProofFailed where they differ, MediaError
    where it cannot be asked."""
    luma = [frame_hashes(path, is_luma_only=True) for path in (master.film, master.result)]
    if not luma[0] or luma[0] != luma[1]:
        raise ProofFailed("the ffmpeg on the PATH sees other grey values in the result")
    before, after = (Counter(_of_sound(stream_hashes(path))) for path in (master.film, master.result))
    if not before or before != after:
        raise ProofFailed("the ffmpeg on the PATH sees other sound in the result")


def _of_sound(hashes: dict[int, str]) -> list[str]:
    return [one for index, one in hashes.items() if index != _PICTURE]
