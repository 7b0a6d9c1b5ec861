"""Checkpoints that are kept for good, and the timestamps over them: how the log looked at which time.

    checkpoints/<size, 20 digits>.note    a checkpoint as it was published, cosignatures and all
    checkpoints/<size, 20 digits>.tsr     the RFC 3161 answer that stamps the SHA-256 of the note

A note that is stamped never changes any more.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from affidavit.core.errors import NotFoundError
from affidavit.formats.rfc3161 import parse_response, response

if TYPE_CHECKING:
    from affidavit.storage.interfaces import ObjectStore

CHECKPOINTS = "checkpoints/"
"""Where a tenant's store holds them."""
_NOTE = re.compile(r"(\d{20})\.note")


class History:
    """The kept checkpoints of one log."""

    def __init__(self, store: ObjectStore, prefix: str = CHECKPOINTS) -> None:
        """`prefix` ends with a slash."""
        self._store = store
        self._prefix = prefix

    def sizes(self) -> list[int]:
        """Of the trees whose checkpoints are kept, ascending."""
        names = (name.removeprefix(self._prefix) for name in self._store.names(self._prefix))
        return [int(found[1]) for found in map(_NOTE.fullmatch, names) if found]

    def note(self, size: int) -> bytes:
        """The kept checkpoint of that size; NotFoundError where none is."""
        return self._store.read(self._name(size, "note"))

    def answer(self, size: int) -> bytes:
        """The time-stamping authority's answer for the note of that size; NotFoundError where there is none."""
        return self._store.read(self._name(size, "tsr"))

    def token(self, size: int) -> bytes | None:
        """The token over the SHA-256 of the note of that size; None where there is none.

        TimestampError where what is kept is no answer of an authority.
        """
        try:
            return parse_response(self.answer(size))
        except NotFoundError:
            return None

    def stamped(self, size: int) -> bool:
        """Whether an answer is kept for the note of that size, be it good or not."""
        return any(self._store.names(self._name(size, "tsr")))

    def keep(self, size: int, note: bytes) -> None:
        """Keep the note, in place of one that has fewer cosignatures; one that is stamped stays."""
        if not self.stamped(size):
            self._store.put(self._name(size, "note"), note)

    def stamp(self, size: int, token: bytes) -> None:
        """Keep the token, which the caller has verified, over the note of that size."""
        self._store.put(self._name(size, "tsr"), response(token))

    def _name(self, size: int, suffix: str) -> str:
        return f"{self._prefix}{size:020}.{suffix}"
