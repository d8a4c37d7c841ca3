"""Lists of shots as files that people edit and other programs read: CSV, EDL, OTIO, PySceneDetect's."""

from tcvc_cli.settings.film.clock import clock_time as clock_time
