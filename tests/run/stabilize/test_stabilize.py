"""`tcvc stabilize`: steadier colours beside the film's own luma and sound, or one clear error."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from tcvc_cli.cli.main import main
from tcvc_cli.errors import InputError, OutputExists, OutputIsInput, TcvcError, UsageError
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.run.events import Event, Finished, ShotsFound, Steadied, StreamsCarried, Warned
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.stabilize.requests import Stabilization
from tcvc_cli.run.stabilize.sources import pictures_in
from tcvc_cli.run.stabilize.stabilize import stabilize
from tests.material.colored_films import LENGTHS, apart, colors_of, save, write_film
from tests.material.film_facts import packets

if TYPE_CHECKING:
    from tests.run.stabilize.conftest import Material
