"""report.html: the bundle for a person, in one file that needs no network."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from affidavit.evidence.bundle.table import Line
    from affidavit.formats.bundle.manifest import Manifest

MAX_ROWS = 5000
"""Rows of the table; the whole is in records.csv."""


def report(manifest: Manifest, lines: Sequence[Line], *, root: bytes) -> bytes:
    """The page."""
    rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in line)}</tr>" for line in lines)
    return (
        f"<!doctype html><meta charset=utf-8><title>{escape(manifest.origin)}</title>"
        f"<p>{root.hex()}</p><table>{rows}</table>"
    ).encode()
