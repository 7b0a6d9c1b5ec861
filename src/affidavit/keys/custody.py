"""The log's signing keys as they change: which sign now, which wait, which signed before.

    keys/log.key                       the keys that sign
    keys/log.vkey                      their public halves
    keys/log.next.key                  the keys that a rotation goes over to, from its announcement until it is sealed
    keys/rotations/<size>.json         each statement that was sealed, under the size of the checkpoint that handed over

The old secrets are gone once `switch` returns: their file is replaced, not overwritten on the medium. Every step can be
repeated, so that a crash between any two leaves either set of keys in charge.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from affidavit.core.errors import ConflictError, LogFormatError
from affidavit.keys.key_file import broken, is_wrapped, read_text, sealed_text
from affidavit.keys.keyring import FOLDER, LOG_KEY, LOG_VKEY
from affidavit.keys.signing import LogKeys

if TYPE_CHECKING:
    from affidavit.storage.interfaces import ObjectStore

NEXT_KEY = "log.next.key"
_STATEMENT = re.compile(r"(\d{20})\.json")


class Custody:
    """The signing keys of one log, from the store that keeps them."""

    def __init__(self, store: ObjectStore, *, passphrase: str | None = None, folder: str = FOLDER) -> None:
        """ConfigurationError where the keys cannot be had (see `read_text`)."""
        self._store = store
        self._passphrase = passphrase
        self._folder = folder
        self.current = self._read(LOG_KEY)
        """The keys that sign."""

    def waiting(self) -> LogKeys | None:
        """The keys that are next in charge; None where no rotation is under way."""
        if not self.is_switching(self._store, folder=self._folder):
            return None
        return self._read(NEXT_KEY)

    @staticmethod
    def is_switching(store: ObjectStore, *, folder: str = FOLDER) -> bool:
        """Whether keys wait, as `waiting` says without reading them."""
        return any(store.names(f"{folder}/{NEXT_KEY}"))

    def prepare(self, keys: LogKeys) -> None:
        """Keep the keys that are next in charge, wrapped where the current ones are."""
        wrapped = is_wrapped(self._store.read(self._name(LOG_KEY)))
        passphrase = self._passphrase if wrapped else None
        self._store.put(self._name(NEXT_KEY), sealed_text(keys.text(), passphrase=passphrase))

    def abandon(self) -> None:
        """The keys that wait are gone: no statement for them was, or will be, sealed."""
        self._store.delete(self._name(NEXT_KEY))

    def switch(self, *, size: int, statement: bytes) -> None:
        """The waiting keys sign from now on; the checkpoint of that size has handed over. May be repeated."""
        keys = self.waiting()
        if keys is None:
            raise ConflictError("no keys wait to take over", code="no-rotation")
        self._store.put(self._name(f"rotations/{size:020}.json"), statement)
        self._store.put(self._name(LOG_VKEY), "".join(f"{key}\n" for key in keys.verifier_keys).encode())
        self._store.put(self._name(LOG_KEY), self._store.read(self._name(NEXT_KEY)))
        self.current = keys
        self._store.delete(self._name(NEXT_KEY))

    def _read(self, name: str) -> LogKeys:
        text = read_text(self._store, self._name(name), passphrase=self._passphrase)
        try:
            return LogKeys.parse(text)
        except LogFormatError:
            raise broken(self._name(name)) from None  # the cause might quote what it could not read

    def _name(self, name: str) -> str:
        return f"{self._folder}/{name}"


def verifier_keys(store: ObjectStore, *, folder: str = FOLDER) -> tuple[str, ...]:
    """The public halves of the keys that sign now, as text."""
    data = store.read(f"{folder}/{LOG_VKEY}").decode(errors="replace")
    return tuple(line.strip() for line in data.splitlines() if line.strip())


def sealed_rotations(store: ObjectStore, *, folder: str = FOLDER) -> list[tuple[int, bytes]]:
    """Every statement by which keys took over: its index in the log and its bytes, ascending."""
    prefix = f"{folder}/rotations/"
    sizes = (_STATEMENT.fullmatch(name.removeprefix(prefix)) for name in store.names(prefix))
    return [(int(found[1]) - 1, store.read(prefix + found[0])) for found in sizes if found]
