"""docs/spec/spool.md lists what a chunk holds, in the order in which it is stored."""

from __future__ import annotations

import re
from pathlib import Path

from affidavit.intake import segment_format
from affidavit.intake.frames import Described, Quarantined, Receipt

PAGE = (Path(__file__).parents[2] / "docs" / "spec" / "spool.md").read_text()


def test_the_chunk_is_listed_element_by_element() -> None:
    """A second implementation finds every element at its place."""
    assert tuple(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) == Described.__struct_fields__


def test_the_nested_lists_are_spelt_out() -> None:
    """Lines in quarantine and receipts are described in their stored order."""
    said = " ".join(PAGE.split())
    assert f"lines that were refused: {', '.join(Quarantined.__struct_fields__)} |" in said
    assert len(Receipt.__struct_fields__) == 6
    assert "batch, accepted, quarantined, first and last `seq`, idempotency key" in said


def test_the_magic_is_the_written_one() -> None:
    """The first bytes of a segment are those of the page."""
    assert '"affidavit/spool/v2" 0x0A' in PAGE
    assert segment_format.MAGIC == b"affidavit/spool/v2\n"
