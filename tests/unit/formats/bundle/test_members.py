"""What may lie in a bundle, and how much of it, as docs/spec/bundle.md has it."""

from __future__ import annotations

from affidavit.formats.bundle.members import LIMITS, OPTIONAL, UNLISTED

MIB = 1 << 20
FOUR_GIB = 1 << 32


def test_names_and_lengths_are_those_of_the_format() -> None:
    """Other verifiers know the members by these names and refuse longer ones."""
    assert LIMITS == {
        "manifest.json": 16 * MIB,
        "manifest.note": MIB,
        "report.html": 64 * MIB,
        "policy.txt": MIB,
        "end.note": MIB,
        "end.tsr": MIB,
        "start.note": MIB,
        "start.tsr": MIB,
        "consistency.txt": MIB,
        "boundary.txt": MIB,
        "entries.ndjson": FOUR_GIB - 1,
        "records.bin": FOUR_GIB - 1,
        "records.csv": FOUR_GIB - 1,
        "key-history.ndjson": 64 * MIB,
        "erasures.ndjson": 64 * MIB,
        "VERIFY.md": MIB,
        "verify.py": 4 * MIB,
    }
    assert {"start.note", "start.tsr", "end.tsr"} == OPTIONAL
    assert {"manifest.json", "manifest.note"} == UNLISTED
