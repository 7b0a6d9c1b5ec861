"""The one decision of a witness: may this checkpoint follow the one that was cosigned last?

What was cosigned last is an object a log, `cosigned/<SHA-256 of the origin>`: the note with the witness's own
signatures, written whole and fsynced before any of them leaves. One process a directory holds its lock, and
within it one request a log at a time compares and persists, so no two answers contradict each other, whenever
the process dies. A checkpoint that a log signed and that contradicts what it signed before is kept under
`conflicts/`: it is the proof that the log misbehaved.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from affidavit.core.errors import LogFormatError, NotFoundError, VerificationError
from affidavit.formats.tlog.checkpoint import Checkpoint, parse_checkpoint
from affidavit.formats.tlog.merkle import EMPTY_ROOT, verify_consistency
from affidavit.formats.tlog.note import Note, format_note, open_note, parse_note
from affidavit.formats.tlog.witnessing import SIZE_TYPE, AddCheckpoint, parse_request
from affidavit.witness.known_logs import origin_hash

if TYPE_CHECKING:
    from affidavit.core.clock import Clock
    from affidavit.storage.interfaces import ObjectStore
    from affidavit.witness.keys import WitnessKeys
    from affidavit.witness.known_logs import KnownLogs

TEXT = "text/plain; charset=utf-8"
_COSIGNED = "cosigned/"
_CONFLICTS = "conflicts/"
_MOST_CONFLICTS = 16
"""Kept a log; the first are enough, and who holds a log's key must not fill the disk."""


class Answer(NamedTuple):
    """What the witness says, as HTTP would have it."""

    status: int
    body: bytes
    media_type: str = TEXT


class Cosigner:
    """Cosigns for the logs that it knows; the only one on its store."""

    def __init__(self, store: ObjectStore, keys: WitnessKeys, logs: KnownLogs, *, clock: Clock) -> None:
        self._store = store
        self._keys = keys
        self._logs = logs
        self._clock = clock
        self._locks: dict[str, threading.Lock] = {}

    def add_checkpoint(self, body: bytes) -> Answer:
        """The answer to a request, with the statuses of tlog-witness; StorageError where the disk fails.

        200 cosignatures, 400 no request, 403 no key of the log signed, 404 a log that is not known, 409 another
        size or root was cosigned (the size is the answer), 422 the proof does not hold.
        """
        try:
            request = parse_request(body)
            note = parse_note(request.checkpoint)
            checkpoint = parse_checkpoint(note.text)
        except LogFormatError as error:
            return _refusal(400, error.message)
        verifiers = self._logs.verifiers(checkpoint.origin)
        if not verifiers:
            return _refusal(404, "this witness does not know the log")
        try:
            open_note(request.checkpoint, verifiers)
        except VerificationError as error:
            return _refusal(403, error.message)
        if request.old_size > checkpoint.size:
            return _refusal(400, "the old size is beyond the checkpoint's")
        known = {(verifier.key.name, verifier.key.key_id) for verifier in verifiers}
        signed = {(line.name, line.key_id): line for line in note.signatures}  # a key once: notes are bounded
        note = Note(note.text, tuple(line for key, line in signed.items() if key in known))
        with self._locks.setdefault(checkpoint.origin, threading.Lock()):
            return self._next(request, note, checkpoint)

    def cosigned(self, name: str) -> bytes | None:
        """The newest note cosigned for the log whose origin has this hash; None where there is none."""
        with suppress(NotFoundError):
            return self._store.read(_COSIGNED + name)
        return None

    def _next(self, request: AddCheckpoint, note: Note, checkpoint: Checkpoint) -> Answer:
        """Compare and persist; under the log's lock."""
        size, root = self._last(checkpoint.origin)
        forked = checkpoint.size == size and checkpoint.root != root
        if forked:
            self._keep_conflict(checkpoint, format_note(note.text, note.signatures))
        if forked or request.old_size != size:
            return Answer(409, b"%d\n" % size, SIZE_TYPE)
        try:
            if size:
                verify_consistency(
                    size, size2=checkpoint.size, root1=root, root2=checkpoint.root, proof=request.proof
                )
            elif request.proof:
                return _refusal(422, "nothing is proven from an empty tree")
        except VerificationError as error:
            return _refusal(422, error.message)
        signatures = self._keys.cosign(note.text, time_s=self._clock.now_us() // 1_000_000)
        kept = format_note(note.text, (*note.signatures, *signatures))
        self._store.put(_COSIGNED + origin_hash(checkpoint.origin), kept)
        return Answer(200, "".join(signature.line() for signature in signatures).encode())

    def _last(self, origin: str) -> tuple[int, bytes]:
        """Size and root of what was cosigned last; the empty tree's before the first time."""
        kept = self.cosigned(origin_hash(origin))
        if kept is None:
            return 0, EMPTY_ROOT
        last = parse_checkpoint(parse_note(kept).text)
        return last.size, last.root

    def _keep_conflict(self, checkpoint: Checkpoint, note: bytes) -> None:
        folder = f"{_CONFLICTS}{origin_hash(checkpoint.origin)}/"
        if sum(1 for _ in self._store.names(folder)) < _MOST_CONFLICTS:
            self._store.put(f"{folder}{checkpoint.size:020}-{checkpoint.root.hex()[:16]}.note", note)


def _refusal(status: int, reason: str) -> Answer:
    return Answer(status, f"{reason}\n".encode(errors="replace"))
