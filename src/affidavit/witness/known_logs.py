"""Which logs a witness cosigns for, and with which keys each of them signs.

One object a log, `logs/<SHA-256 of its origin, in hex>`: verifier keys, a line each. It is read for every
request, so that a log is added, and a key withdrawn, while the witness serves.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from affidavit.core.errors import LogFormatError, NotFoundError, UsageError
from affidavit.formats.tlog.keys import VerifierKey
from affidavit.formats.tlog.signing import verifier_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from affidavit.formats.tlog.note import Verifier
    from affidavit.storage.interfaces import ObjectStore

_FOLDER = "logs/"
_HINT = "Give the verifier keys of one log, as its `affidavit checkpoint` prints them."


def origin_hash(origin: str) -> str:
    """SHA-256 of the origin in hex: its name in paths (tlog-witness)."""
    return sha256(origin.encode()).hexdigest()


class KnownLogs:
    """The logs of one witness."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def add(self, keys: Iterable[str], *, replace: bool = False) -> tuple[str, list[VerifierKey]]:
        """Cosign for the log of these verifier keys; its origin and all its keys now.

        Keys that it has already stay, unless `replace`: then only the given ones do. UsageError where the keys
        are not those of one log. The name of the keys is the log's origin (tlog-checkpoint).
        """
        try:
            given = [VerifierKey.parse(key) for key in keys]
        except LogFormatError as error:
            raise UsageError(
                f"that is no verifier key: {error.message}", code="log-keys", hint=_HINT
            ) from error
        if len({key.name for key in given}) != 1:
            raise UsageError("the verifier keys are not those of one log", code="log-keys", hint=_HINT)
        origin = given[0].name
        held = dict.fromkeys([*([] if replace else self._keys(origin)), *given])
        self._store.put(_FOLDER + origin_hash(origin), "".join(f"{key}\n" for key in held).encode())
        return origin, list(held)

    def verifiers(self, origin: str) -> list[Verifier]:
        """What checks the signatures of the log; empty where the witness does not know it."""
        return [verifier_of(key) for key in self._keys(origin)]

    def _keys(self, origin: str) -> list[VerifierKey]:
        try:
            lines = self._store.read(_FOLDER + origin_hash(origin)).decode(errors="replace").split()
        except NotFoundError:
            return []
        return [VerifierKey.parse(line) for line in lines]
