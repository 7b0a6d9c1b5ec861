"""Evidence bundles from a data directory: the question becomes a range, the range a bundle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.assembly.lakes import open_lake
from affidavit.assembly.layout import LOG
from affidavit.core.errors import UsageError
from affidavit.evidence.bundle.create import Kept, Made, Material, Question, make_bundle
from affidavit.evidence.bundle.standalone import standalone
from affidavit.evidence.bundle.trusting import TOOL
from affidavit.formats.tlog.checkpoint import parse_checkpoint
from affidavit.formats.tlog.note import parse_note
from affidavit.formats.tlog.signing import sign_statement
from affidavit.ledger.log import Log
from affidavit.search.lake_reader import LakeReader
from affidavit.search.language import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator

    from affidavit.assembly.directory import Directory
    from affidavit.core.ids import Tenant
    from affidavit.formats.tlog.checkpoint import Checkpoint
    from affidavit.keys.keyring import Keyring
    from affidavit.search.reader import StoredRecord

_WINDOW = 16_384
"""Records that are read at once: a range is read in so many pieces, each of which lies in memory."""


class BundleMaker:
    """Makes bundles of one tenant, one after another."""

    def __init__(self, directory: Directory, tenant: Tenant) -> None:
        self._directory = directory
        self._tenant = tenant
        self._lake = open_lake(directory, tenant)
        self._log = Log(directory.tenant_store(tenant), LOG)
        self._reader = LakeReader(self._lake, self._log, clock=directory.clock)

    def make(self, question: Question, *, progress: Callable[[int, int], None] = lambda *_: None) -> Made:
        """The bundle that answers `question`; `progress` is told records done and records in all."""
        keyring = self._directory.keyring(self._tenant)
        note = self._log.checkpoint()
        end = parse_checkpoint(parse_note(note).text)
        if end.size == 0:
            raise UsageError("the log is empty: there is nothing to give evidence of", code="log-empty")
        first, behind = self._lake.extent(
            since_us=question.since_us, until_us=question.until_us, size=end.size
        )
        matching: Container[int] = range(first, behind)
        if question.query.strip():
            matching = frozenset(self._lake.fitting(parse(question.query), first=first, end=behind))
        first, behind = max(0, first - 1), min(end.size, behind + 1)
        now_us = self._directory.clock.now_us()

        def sign(statement: Checkpoint) -> bytes:
            return sign_statement(
                statement, ed25519=keyring.log_signer, ml_dsa=keyring.log_cosigner, time_s=now_us // 1_000_000
            )

        material = Material(
            origin=end.origin,
            policy=_policy(keyring),
            start=None,
            end=Kept(note=note),
            first=first,
            end_index=behind,
            rows=self._rows(first, behind),
            matching=matching,
            read_tile=self._log.read_tile,
            sign=sign,
        )
        return make_bundle(
            question,
            material,
            now_us=now_us,
            tool=TOOL,
            verifier=standalone(TOOL),
            progress=lambda done: progress(done, behind - first),
        )

    def close(self) -> None:
        """Lets go of the lake."""
        self._lake.close()

    def _rows(self, first: int, end: int) -> Iterator[StoredRecord]:
        for at in range(first, end, _WINDOW):
            yield from self._reader.rows(at, min(end, at + _WINDOW))


def _policy(keyring: Keyring) -> bytes:
    """The log's keys, for a log that has no policy configured."""
    keys = "".join(f"log {key}\n" for key in keyring.verifier_keys)
    return f"{keys}quorum none\n".encode()
