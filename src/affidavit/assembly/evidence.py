"""Evidence bundles from a data directory: the question becomes a range, the range a bundle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.assembly.lakes import open_lake
from affidavit.assembly.layout import LOG
from affidavit.assembly.publishing import configured_policy
from affidavit.core.errors import OperationalError, UsageError
from affidavit.evidence.bundle.create import Kept, Made, Material, Question, make_bundle, proven_record
from affidavit.evidence.bundle.published import published_verifier
from affidavit.evidence.bundle.trusting import TOOL
from affidavit.evidence.growth import as_of
from affidavit.formats.tlog.checkpoint import parse_checkpoint
from affidavit.formats.tlog.note import parse_note
from affidavit.formats.tlog.rotation import parse_rotation
from affidavit.formats.tlog.signing import sign_statement
from affidavit.keys.custody import sealed_rotations
from affidavit.ledger.history import History
from affidavit.ledger.log import Log
from affidavit.search.language import parse
from affidavit.storage.local import LocalStore

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator

    from affidavit.assembly.directory import Directory
    from affidavit.core.ids import Tenant
    from affidavit.formats.bundle.proven import ProvenRecord
    from affidavit.formats.tlog.checkpoint import Checkpoint
    from affidavit.formats.tlog.tree import ReadTile
    from affidavit.keys.keyring import Keyring
    from affidavit.lake.segment import Row

_LOOKED_AT = 200
"""Kept checkpoints that are looked through for one that is stamped."""
_WINDOW = 16_384
"""Records that are read at once: a range is read in so many pieces, each of which lies in memory."""


class BundleMaker:
    """Makes bundles of one tenant, one after another."""

    def __init__(self, directory: Directory, tenant: Tenant) -> None:
        self._directory = directory
        self._tenant = tenant
        self._lake = open_lake(directory, tenant)
        self._log = Log(directory.tenant_store(tenant), LOG)
        self._history = History(directory.tenant_store(tenant))

    def make(self, question: Question, *, progress: Callable[[int, int], None] = lambda *_: None) -> Made:
        """The bundle that answers `question`; `progress` is told records done and records in all."""
        keyring = self._directory.keyring(self._tenant)
        statements = self._statements(keyring)
        newest = self._log.checkpoint()
        size = _size(newest)
        if size == 0:
            raise UsageError("the log is empty: there is nothing to give evidence of", code="log-empty")
        first, behind = self._lake.extent(since_us=question.since_us, until_us=question.until_us, size=size)
        matching: Container[int] = range(first, behind)
        if question.query.strip():
            matching = frozenset(self._lake.fitting(parse(question.query), first=first, end=behind))
        first, behind = max(0, first - 1), min(size, behind + 1)
        handover = max((at + 1 for at in statements), default=0)
        if size < handover:
            raise OperationalError(
                "a rotation of the signing keys is not published yet", code="rotation-waits"
            )
        sizes = self._history.sizes()
        now_us = self._directory.clock.now_us()

        def sign(statement: Checkpoint) -> bytes:
            return sign_statement(
                statement, ed25519=keyring.log_signer, ml_dsa=keyring.log_cosigner, time_s=now_us // 1_000_000
            )

        end = self._kept([kept for kept in sizes if max(behind, handover) <= kept <= size]) or Kept(
            note=newest
        )
        read_tile = as_of(size, self._log.read_tile)
        material = Material(
            origin=keyring.origin,
            policy=self._policy(keyring),
            start=self._kept([kept for kept in reversed(sizes) if 0 < kept <= first]),
            end=end,
            first=first,
            end_index=behind,
            rows=self._rows(first, behind),
            matching=matching,
            read_tile=read_tile,
            sign=sign,
            key_history=self._proven(statements, _size(end.note), read_tile),
        )
        return make_bundle(
            question,
            material,
            now_us=now_us,
            tool=TOOL,
            verifier=published_verifier(),
            progress=lambda done: progress(done, behind - first),
        )

    def close(self) -> None:
        """Lets go of the lake."""
        self._lake.close()

    def _rows(self, first: int, end: int) -> Iterator[Row]:
        for at in range(first, end, _WINDOW):
            yield from self._lake.rows(at, min(end, at + _WINDOW))

    def _statements(self, keyring: Keyring) -> list[int]:
        """Where the rotations are sealed that led to these keys."""
        found = []
        for at, data in sealed_rotations(self._directory.tenant_store(self._tenant)):
            if parse_rotation(data).old == (keyring.log_signer.key, keyring.log_cosigner.key):
                break  # completed since the keys were read
            found.append(at)
        return found

    def _proven(self, indexes: list[int], size: int, read_tile: ReadTile) -> list[ProvenRecord]:
        """Rotations, with their statements shown."""
        return [
            proven_record(row, disclosed=("raw",), size=size, read_tile=read_tile)
            for at in indexes
            for row in self._lake.rows(at, at + 1)
        ]

    def _kept(self, sizes: list[int]) -> Kept | None:
        """Of the kept checkpoints of these sizes the first that is stamped, else the first."""
        for size in sizes[:_LOOKED_AT]:
            if token := self._history.token(size):  # before the note, which does not change any more then
                return Kept(note=self._history.note(size), token=token)
        return Kept(note=self._history.note(sizes[0])) if sizes else None

    def _policy(self, keyring: Keyring) -> bytes:
        """The log's own keys, and whatever the configured policy says of witnesses."""
        keys = "".join(f"log {key}\n" for key in keyring.verifier_keys).encode()
        named = self._directory.settings.witness.policy
        if named is None or configured_policy(self._directory) is None:
            return keys + b"quorum none\n"
        file = (self._directory.path / named).absolute()
        text = LocalStore(file.parent).read(file.name)
        lines = [line for line in text.splitlines(keepends=True) if line.split()[:1] != [b"log"]]
        return keys + b"".join(lines)


def _size(note: bytes) -> int:
    return parse_checkpoint(parse_note(note).text).size
