"""The places of a DV tape that its recorder could not read, and made up before libav saw them.

A DV frame is a run of DIF blocks of 80 bytes. The first three bits of a block say of what section it is, 4 of
video; the first four bits of the fourth byte of a video block are its status, which is 0 where the block was
read without an error (IEC 61834-2, 11.5.1; SMPTE 314M-2005, 5.3.2.4).
"""

from __future__ import annotations

import numpy as np

_BLOCK = 80
_VIDEO = 4


def has_dropouts(packet: bytes) -> bool:
    """True when a block of the picture, or more, is marked as made up or wrong."""
    whole = np.frombuffer(packet, np.uint8, len(packet) // _BLOCK * _BLOCK).reshape(-1, _BLOCK)
    is_video = whole[:, 0] >> 5 == _VIDEO
    return bool((whole[is_video, 3] >> 4).any())
