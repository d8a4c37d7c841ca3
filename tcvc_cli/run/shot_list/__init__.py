"""Lists of shots as files that people edit and other programs read: CSV, EDL, OTIO, PySceneDetect's."""
