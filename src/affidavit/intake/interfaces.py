"""What the spool needs beside the storage below it."""

from __future__ import annotations

from typing import Protocol


class Mark(Protocol):
    """A number of 64 bits that processes on one machine share; not durable."""

    def get(self) -> int:
        """The last number set."""
        ...

    def set(self, value: int) -> None:
        """Visible to every process at once."""
        ...
