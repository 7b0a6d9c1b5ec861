"""The writing side of one data directory inside this process, over stores that can be told to fail.

What outlives a crash is the directory alone: `crash` lets go of everything else without a word to it.
"""

from __future__ import annotations

import itertools
import json
import shutil
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from tests.simulators.faulty import Faults, FaultyStore

from affidavit.assembly.directory import open_directory
from affidavit.assembly.initialise import initialise
from affidavit.assembly.lakes import open_lake
from affidavit.assembly.layout import LOG
from affidavit.assembly.verification import verify_directory
from affidavit.assembly.writing import open_receiving, open_tail
from affidavit.core.errors import EventError, StorageError
from affidavit.core.ids import DEFAULT_TENANT, SourceType
from affidavit.formats.age.file import decrypt
from affidavit.formats.ocsf.classes_iam import Authentication
from affidavit.formats.ocsf.objects import Metadata, NetworkEndpoint, Product, User
from affidavit.formats.tlog.checkpoint import Checkpoint, open_checkpoint
from affidavit.formats.tlog.signing import verifier_of
from affidavit.intake.quarantined import quarantined_page
from affidavit.keys.custody import Custody
from affidavit.ledger.history import History
from affidavit.ledger.log import Log
from affidavit.ledger.publication import DirectPublication
from affidavit.ledger.receipts import receipt
from affidavit.pipeline.seal import Sealer
from affidavit.sources.interface import SourceKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Connection

    from affidavit.evidence.report import Report
    from affidavit.ledger.receipts import Receipt as SealedReceipt
    from affidavit.pipeline.receive import Acknowledged
    from affidavit.state.database import Database

_NUMBERS = itertools.count()
_METADATA = Metadata(product=Product(vendor_name="Test", name="Lines"), version="1.8.0")


def _mapped(data: bytes, received_us: int) -> Authentication:
    """`{"id": …, "user": …}` as a sign-in; `boom` makes the mapper itself fail."""
    try:
        event: Any = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise EventError(f"not JSON: {error}", code="not-json") from error
    if not isinstance(event, dict) or "id" not in event:
        raise EventError("an event has an id", code="no-id")
    if event.get("boom"):
        raise ZeroDivisionError("a fault of the mapper")
    return Authentication(
        activity_id=1,
        metadata=_METADATA,
        severity_id=1,
        time=event.get("time", received_us // 1000),
        status_id=1,
        user=User(uid=str(event["id"]), name=event.get("user")),
        src_endpoint=NetworkEndpoint(ip="192.0.2.7"),
        message="signed in",
    )


KIND = SourceKind(
    type=SourceType("test.lines"),
    title="Lines for tests",
    version=1,
    framing="json",
    envelope="Records",
    map=_mapped,
)
"""A source type whose events are as small as can be."""


def event(**more: object) -> bytes:
    """One event with an id that no other has."""
    return json.dumps({"id": next(_NUMBERS), "user": "ada", **more}).encode()


def ndjson(count: int) -> bytes:
    """A body of so many events."""
    return b"\n".join(event() for _ in range(count))


@cache
def _prepared() -> Path:
    """An empty data directory, made once a run; deleted with the run's temporary files."""
    holder = tempfile.TemporaryDirectory(prefix="affidavit-test-")
    _holders.append(holder)
    path = Path(holder.name) / "data"
    initialise(path, origin="log.harborline.example/test")
    return path


_holders: list[tempfile.TemporaryDirectory[str]] = []


class _FaultyDatabase:
    """The state database, whose commits obey `faults`: rolled back, or kept and reported as failed."""

    def __init__(self, inner: Database, faults: Faults) -> None:
        self._inner = inner
        self._faults = faults

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A write, at its end."""
        with ExitStack() as stack:
            connection = stack.enter_context(self._inner.transaction())
            yield connection
            chosen = self._faults.at is not None and self._faults.done == self._faults.at
            if chosen and not self._faults.persisted:
                self._faults.done += 1
                raise StorageError("a simulated fault of the state database, rolled back")
        self._faults.run("state database", lambda: None)

    def read(self) -> Any:
        """As the database within."""
        return self._inner.read()


class Deployment:
    """One data directory and, while it is open, what writes into it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.faults = Faults()
        self.acknowledged: list[Acknowledged] = []

    @classmethod
    def new(cls, path: Path) -> Deployment:
        """Over a fresh data directory at `path`, which must not exist."""
        shutil.copytree(_prepared(), path)
        return cls(path)

    def open(self, *, max_records: int = 1000) -> Deployment:
        """Start, as after whatever was before."""
        self.faults = Faults()
        self.directory = open_directory(self.path)
        try:
            self.receiving = open_receiving(self.directory, DEFAULT_TENANT)
            try:
                self._open_sealer(max_records)
            except BaseException:
                self.receiving.spool.close()
                raise
        except BaseException:
            self.directory.database.close()
            raise
        return self

    def _open_sealer(self, max_records: int) -> None:
        directory = self.directory
        store = FaultyStore(directory.tenant_store(DEFAULT_TENANT), self.faults)
        self.lake = open_lake(directory, DEFAULT_TENANT)
        self.lake._files._store = store
        commit = self.lake._catalog.commit_table
        self.lake._catalog.commit_table = (  # type: ignore[method-assign]
            lambda *arguments: self.faults.run("catalog", partial(commit, *arguments))
        )
        self.log = Log(store, LOG)
        self.keyring = directory.keyring(DEFAULT_TENANT)
        self.sealer = Sealer(
            DEFAULT_TENANT,
            database=_FaultyDatabase(directory.database, self.faults),  # type: ignore[arg-type]
            store=store,
            lake=self.lake,
            log=self.log,
            publication=DirectPublication(self.log),
            history=History(store),
            custody=Custody(store, passphrase=None),
            recipient=self.keyring.recipient,
            clock=directory.clock,
            max_records=max_records,
        )
        self.tail = open_tail(directory, DEFAULT_TENANT, self.sealer)

    def close(self) -> None:
        """Stop, without sealing what waits."""
        self.receiving.spool.close()
        with suppress(Exception):
            self.sealer.finish()
        self.sealer.close()
        self.lake.close()
        self.directory.database.close()

    crash = close
    """Nothing of what `close` does changes a file but to let go of it."""

    def send(
        self, body: bytes | Iterable[bytes], *, source: str = "s", key: str | None = None, **more: Any
    ) -> Acknowledged:
        """One batch, acknowledged."""
        done = self.receiving.receiver.receive(
            [body] if isinstance(body, bytes) else body, source=source, kind=KIND, idempotency_key=key, **more
        )
        if not done.repeated:
            self.acknowledged.append(done)
        return done

    def seal(self) -> int:
        """Seal all that waits; how many chunks."""
        count = 0
        while done := self.sealer.step(self.tail):
            count += done
        return count

    def filled(self, *batches: int) -> Deployment:
        """Open, with so many records in each batch, each batch sealed for itself."""
        self.open()
        for records in batches:
            self.send(ndjson(records))
            self.seal()
        return self

    def sealed_receipt(self, batch: str) -> SealedReceipt | None:
        """What the state database says of a batch."""
        with self.directory.database.read() as connection:
            return receipt(connection, DEFAULT_TENANT, batch=batch)

    def quarantined(self) -> list[tuple[str, bytes]]:
        """(code, bytes) of each line in quarantine, read back from its object."""
        store = self.directory.tenant_store(DEFAULT_TENANT)
        with self.directory.database.read() as connection:
            lines = quarantined_page(connection, DEFAULT_TENANT, limit=1_000_000)
        pieces: dict[str, bytes] = {}
        for folder in sorted({line.object.rpartition("/")[0] for line in lines}):
            for name in store.names(f"{folder}/"):
                opened = decrypt(store.read(name), [self.keyring.identity])
                for id_, piece in msgspec.msgpack.decode(opened, type=list[tuple[str, bytes]]):
                    pieces[id_] = pieces.get(id_, b"") + piece
        found = []
        for line in sorted(lines, key=lambda line: (line.batch, line.line, line.byte)):
            assert len(pieces[line.id]) == line.size_bytes
            found.append((line.code, pieces[line.id]))
        return found

    def checkpoint(self) -> Checkpoint:
        """The published checkpoint, its signatures verified."""
        verifiers = [verifier_of(key) for key in self.keyring.verifier_keys]
        return open_checkpoint(self.log.checkpoint(), verifiers).checkpoint

    def raws(self) -> list[bytes]:
        """The original of every record that is sealed, by index."""
        return [row.raw for row in self.lake.rows(0, self.sealer.head.size)]

    def verify(self) -> Report:
        """The report of `affidavit verify`."""
        return verify_directory(self.path, processes=1)


def codes(report: Report) -> set[str]:
    """What kinds of difference a report names."""
    return {difference.code for difference in report.differences}
