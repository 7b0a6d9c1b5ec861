"""The witnesses of this log, asked over HTTP for their cosignatures (C2SP tlog-witness, from the log's side).

An answer is believed only as far as it is signed: a cosignature counts once it verifies. What a witness says
without signing, such as a larger size than this log's, is told as a conflict and never acted on otherwise.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

from affidavit.core.errors import FormatError, VerificationError
from affidavit.formats.tlog.checkpoint import parse_checkpoint
from affidavit.formats.tlog.note import parse_note
from affidavit.formats.tlog.signing import verifier_of
from affidavit.formats.tlog.tree import ReadTile, consistency_proof
from affidavit.formats.tlog.witnessing import (
    AddCheckpoint,
    format_request,
    parse_cosignatures,
    parse_size,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from affidavit.formats.tlog.checkpoint import Checkpoint
    from affidavit.formats.tlog.note import NoteSignature
    from affidavit.formats.tlog.policy import Witness

_MAX_ANSWER_BYTES = 1 << 18
_TRIES = 3
"""A size that the witness corrects is one more try; it does not change under a log that asks alone."""
_OK, _CONFLICT, _REFUSED_PROOF = 200, 409, 422


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking a witness."""

    cosignatures: dict[str, NoteSignature] = field(default_factory=dict)
    """By the policy's name of the witness; verified."""
    problem: str | None = None
    """Why there are none, or not all."""
    conflict: str | None = None
    """The witness knows a history that is not this log's: why it says so."""


class RemoteWitness:
    """One submission prefix, and the witnesses of the policy that are reached there. One caller at a time."""

    def __init__(
        self, url: str, witnesses: Sequence[Witness], *, http: httpx.Client, deadline_s: float
    ) -> None:
        """`deadline_s` bounds one exchange with the witness, whatever it does meanwhile."""
        self.url = url.rstrip("/")
        self.names = tuple(witness.name for witness in witnesses)
        self._witnesses = {(witness.key.name, witness.key.key_id): witness for witness in witnesses}
        self._http = http
        self._deadline_s = deadline_s
        self._known_size: int | None = None

    def ask(self, note: bytes, read_tile: ReadTile) -> Asked:
        """Its cosignatures of the checkpoint `note`; `read_tile` proves consistency with what it knows.

        Raises nothing of the network's or the witness's, only StorageError where a tile cannot be read.
        """
        try:
            return self._exchange(note, parse_checkpoint(parse_note(note).text), read_tile)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            self._known_size = None
            return Asked(problem=f"cannot be reached: {error}")
        except FormatError as error:
            return Asked(problem=f"answers what is no answer: {error.message}")

    def _exchange(self, note: bytes, checkpoint: Checkpoint, read_tile: ReadTile) -> Asked:
        """Ask from the size that it is known to have, and again from the one that it corrects that to."""
        old = checkpoint.size if self._known_size is None else min(self._known_size, checkpoint.size)
        for _ in range(_TRIES):
            status, body = self._post(_request(note, old, checkpoint, read_tile))
            if status == _OK:
                self._known_size = checkpoint.size
                return self._verified(note, body)
            if status == _REFUSED_PROOF:
                return Asked(conflict=f"does not find its tree of {old} entries in this log")
            if status != _CONFLICT:
                return Asked(problem=f"answers {status}: {_shown(body)}")
            size = self._known_size = parse_size(body)
            if size > checkpoint.size:
                return Asked(conflict=f"has cosigned {size} entries, but here are {checkpoint.size}")
            if size == old:
                return Asked(conflict=f"has cosigned another tree of {size} entries")
            old = size
        return Asked(problem="names another size each time that it is asked")

    def _post(self, body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer; httpx.HTTPError beyond the deadline or the length of an answer."""
        until = time.monotonic() + self._deadline_s
        data = bytearray()
        with self._http.stream(
            "POST", f"{self.url}/add-checkpoint", content=body, timeout=self._deadline_s
        ) as answer:
            for piece in answer.iter_bytes():
                data += piece
                if len(data) > _MAX_ANSWER_BYTES or time.monotonic() > until:
                    raise httpx.ReadError("the answer is too long, or takes too long")
        return answer.status_code, bytes(data)

    def _verified(self, note: bytes, body: bytes) -> Asked:
        """The cosignatures in the answer that verify; those of other keys are ignored (tlog-witness)."""
        text = parse_note(note).text
        found: dict[str, NoteSignature] = {}
        for line in parse_cosignatures(body):
            witness = self._witnesses.get((line.name, line.key_id))
            if witness is None:
                continue
            try:
                verifier_of(witness.key).verify(text, line.signature)
            except VerificationError as error:
                return Asked(found, problem=error.message)
            found[witness.name] = line
        missing = [name for name in self.names if name not in found]
        return Asked(found, problem=f"did not sign as {', '.join(missing)}" if missing else None)


def _request(note: bytes, old: int, checkpoint: Checkpoint, read_tile: ReadTile) -> bytes:
    proof: list[bytes] = []
    if 0 < old < checkpoint.size:
        proof = consistency_proof(old, checkpoint.size, read_tile)
    return format_request(AddCheckpoint(old, tuple(proof), note))


def _shown(body: bytes) -> str:
    """A little of what a stranger said, for a log."""
    return ascii(body[:200].decode(errors="replace").strip())
