"""The only room that speaks to FFmpeg's libraries: probe, decode, encode, carry, remux.

Everything here takes and gives the records of `tcvc_cli.records` and plain arrays of exact code
values; no object of PyAV leaves this room.
"""
