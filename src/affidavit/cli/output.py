"""What a person or a program gets to read: NDJSON on stdout, tables for a person, the rest on stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

_CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), 127, *range(128, 160)) if code not in (9, 10)}


def line(value: object) -> None:
    """One value as a line of JSON on stdout."""
    raw(msgspec.json.encode(value))


def raw(data: bytes) -> None:
    """One line of bytes on stdout."""
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.write(b"\n")


def text(words: str) -> None:
    """Words for a person on stdout, control characters of hostile text made visible."""
    sys.stdout.write(printable(words) + "\n")


def note(words: str) -> None:
    """A message for a person on stderr."""
    sys.stderr.write(printable(words) + "\n")
    sys.stderr.flush()


def printable(words: str) -> str:
    """`words` without anything that could steer a terminal."""
    return words.translate(_CONTROL)


def table(rows: Sequence[Mapping[str, Any]], columns: Iterable[str]) -> None:
    """Rows under headings, columns as wide as they need, on stdout."""
    names = list(columns)
    shown = [[printable(_cell(row.get(name))).replace("\n", " ") for name in names] for row in rows]
    widths = [max([len(name), *(len(row[at]) for row in shown)]) for at, name in enumerate(names)]
    heading = [name.upper() for name in names]
    for at, row in enumerate([heading, *shown]):
        cells = (cell if last else cell.ljust(width) for cell, width, last in _with_last(row, widths))
        written = "  ".join(cells).rstrip()
        sys.stdout.write(_bold(written) if at == 0 else written)
        sys.stdout.write("\n")


def _with_last(row: Sequence[str], widths: Sequence[int]) -> Iterable[tuple[str, int, bool]]:
    end = len(row) - 1
    return ((cell, width, at == end) for at, (cell, width) in enumerate(zip(row, widths, strict=True)))


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return str(value)


def coloured() -> bool:
    """Whether stdout is a terminal that wants colour (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def _bold(words: str) -> str:
    return f"\x1b[1m{words}\x1b[0m" if coloured() else words
