"""The timecode of a film: where its file says it, and what a part of it says."""
