"""Rows of the journal with what was measured, and those of before."""

from __future__ import annotations

from tcvc_cli.measure.appraisal import Appraisal
from tcvc_cli.plain import from_json, to_json
from tcvc_cli.run.resume.vouching.rows import SegmentRow


def test_a_row_keeps_what_was_measured() -> None:
    row = SegmentRow(3, 8, 1000, None, Appraisal(5, 12.5, 0.01, None, 3.0, 0.5))
    assert from_json(SegmentRow, to_json(row)) == row


def test_a_row_of_a_journal_that_knew_nothing_of_it_is_read() -> None:
    row = '{"mixed_bytes":null,"size_bytes":1000,"start":3,"stop":8}'
    assert from_json(SegmentRow, row) == SegmentRow(3, 8, 1000, None)
