"""What somebody outside holds against a log: its verifier keys, a checkpoint that was kept, a witness.

The witness is the product's own, in a folder of its own that nobody who attacks the log can reach.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.assembly.brought import Brought
from affidavit.assembly.layout import LOG
from affidavit.assembly.verification import verify
from affidavit.attacks.attack import FoundBy
from affidavit.core.clock import SystemClock
from affidavit.core.errors import AffidavitError
from affidavit.core.ids import DEFAULT_TENANT
from affidavit.evidence.report import Difference
from affidavit.formats.tlog.checkpoint import parse_checkpoint
from affidavit.formats.tlog.note import format_note, parse_note
from affidavit.formats.tlog.policy import Policy
from affidavit.formats.tlog.signing import verifier_of
from affidavit.formats.tlog.tree import consistency_proof
from affidavit.formats.tlog.witnessed import open_witnessed
from affidavit.formats.tlog.witnessing import AddCheckpoint, format_request, parse_cosignatures
from affidavit.ledger.log import Log
from affidavit.storage.local import LocalStore
from affidavit.witness.cosigning import Cosigner
from affidavit.witness.keys import WitnessKeys
from affidavit.witness.known_logs import KnownLogs, origin_hash

if TYPE_CHECKING:
    from pathlib import Path

    from affidavit.assembly.directory import Directory
    from affidavit.assembly.scratch import Scratch

_GRANTED = 200
_NAME = "witness.invalid/drill"


class Outside:
    """An auditor with keys, a kept checkpoint and a witness of one scratch log."""

    def __init__(self, scratch: Scratch, folder: Path) -> None:
        store = LocalStore(folder)
        keys = WitnessKeys.create(store, _NAME)
        logs = KnownLogs(store)
        logs.add(scratch.verifier_keys)
        self._witness = Cosigner(store, keys, logs, clock=SystemClock())
        self._keys = scratch.verifier_keys
        self._name = origin_hash(scratch.origin)
        lines = [f"log {key}" for key in self._keys[:1]]
        lines += [f"witness drill {keys.verifier_keys[0]}", "quorum drill", ""]
        self._policy = Policy.parse("\n".join(lines))
        self._size = 0
        self.kept = self.cosigned(LocalStore(scratch.path / "tenants" / DEFAULT_TENANT))
        """The scratch log's newest checkpoint, cosigned."""
        self._size = parse_checkpoint(parse_note(self.kept).text).size

    def cosigned(self, store: LocalStore) -> bytes:
        """The log's checkpoint with the witness's cosignatures, if it gives any; as the log itself would ask."""
        log = Log(store, LOG)
        published = log.checkpoint()
        note = parse_note(published)
        size = parse_checkpoint(note.text).size
        proof = consistency_proof(self._size, size, log.read_tile) if 0 < self._size < size else []
        request = format_request(AddCheckpoint(min(self._size, size), tuple(proof), published))
        answer = self._witness.add_checkpoint(request)
        if answer.status != _GRANTED:
            return published
        return format_note(note.text, (*note.signatures, *parse_cosignatures(answer.body)))

    def finds(self, directory: Directory, found_by: FoundBy) -> list[Difference]:
        """What is found on the directory with the means of `found_by`."""
        kept = self.kept if found_by is FoundBy.CHECKPOINT else None
        if found_by is FoundBy.WITNESS:
            kept = self._witness.cosigned(self._name)
        found = verify(directory, Brought(keys=self._keys, earlier=kept), processes=1).differences
        if found_by is FoundBy.WITNESS:
            found += self._unwitnessed(directory)
        return found

    def _unwitnessed(self, directory: Directory) -> list[Difference]:
        """The newest checkpoint, after the log has asked the witness, under a policy that relies on it."""
        try:
            note = self.cosigned(directory.tenant_store(DEFAULT_TENANT))
            open_witnessed(note, self._policy, logs=[verifier_of(key) for key in self._keys]).require()
        except AffidavitError as error:
            return [Difference(error.code, "checkpoint", str(error))]
        return []
