"""A log made for attacks: real records of a data directory, sealed anew in a folder that is thrown away.

It has everything that an attack needs to choose from: more than one level of tiles and more than one lake file,
kept checkpoints, a copy of how the whole directory was before its end, and a batch that is not sealed yet.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, groupby, islice
from operator import attrgetter
from typing import TYPE_CHECKING

from affidavit.assembly.directory import MADE, Directory
from affidavit.assembly.timestamps import open_keeping, open_stating
from affidavit.assembly.writing import open_receiving, open_sealer, open_tail
from affidavit.attacks.victim import Victim
from affidavit.core.clock import SystemClock
from affidavit.core.ids import DEFAULT_TENANT, new_uuid7
from affidavit.core.settings import Settings
from affidavit.formats.record.parts import Parts, join_parts
from affidavit.intake.frames import Chunk, Receipt, packed
from affidavit.keys.keyring import Keyring
from affidavit.lake.forging import Forger
from affidavit.ledger.history import History
from affidavit.state.database import Database
from affidavit.state.tenants import add_tenant
from affidavit.storage.local import LocalStore
from affidavit.storage.scratch import copy_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from affidavit.intake.spool import Spool
    from affidavit.lake.segment import Row

LEAST = 600
"""Records that the log has: two full tiles and a partial one."""
_STEPS = 3
_STATEMENTS = 1
"""Records beside them: that the checkpoint of the first step is kept."""
_WAITING = 5
"""Records in the batch that is not sealed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scratch:
    """The log before any attack."""

    path: Path
    yesterday: Path
    """A copy of how it was when a step was missing."""
    origin: str
    verifier_keys: tuple[str, ...]
    records: int


def open_scratch(path: Path) -> Directory:
    """A scratch directory, with nothing of the environment's settings. The caller closes its database."""
    database = Database(f"sqlite:///{path / 'state.db'}")
    return Directory(path=path, settings=Settings(), database=database, clock=SystemClock())


def make_scratch(folder: Path, rows: Sequence[Row], *, origin: str) -> Scratch:
    """A log of the rows, in their order, in `folder`; where they are few they are sealed more than once."""
    path, yesterday = folder / "data", folder / "yesterday"
    store = LocalStore(path)
    directory = open_scratch(path)
    try:
        keyring = Keyring.create(directory.tenant_store(DEFAULT_TENANT), origin)
        directory.database.migrate()
        with directory.database.transaction() as connection:
            add_tenant(connection, DEFAULT_TENANT, now_us=directory.clock.now_us())
        store.put(MADE, b"1\n")
        records = sorted(islice(cycle(rows), max(len(rows), LEAST)), key=attrgetter("received_us"))
        share = -(-len(records) // _STEPS)
        for step in range(_STEPS):
            if step == _STEPS - 1:
                directory.database.close()
                copy_folder(path, yesterday)
                _state_kept(directory)
            _seal(directory, records[step * share : (step + 1) * share])
        receiving = open_receiving(directory, DEFAULT_TENANT)
        _spool(receiving.spool, rows[:_WAITING])
        receiving.spool.close()
    finally:
        directory.database.close()
    return Scratch(
        path=path,
        yesterday=yesterday,
        origin=origin,
        verifier_keys=keyring.verifier_keys,
        records=len(records) + _STATEMENTS,
    )


@contextmanager
def victim_of(scratch: Scratch, folder: Path) -> Iterator[tuple[Victim, Directory]]:
    """A fresh copy in `folder`, for one attack."""
    copy_folder(scratch.path, folder)
    directory = open_scratch(folder)
    store = directory.tenant_store(DEFAULT_TENANT)
    keyring = directory.keyring(DEFAULT_TENANT)
    forger = Forger(
        DEFAULT_TENANT,
        store=store,
        catalog_url=directory.state_url,
        recipients=[keyring.recipient],
        identities=[keyring.identity],
    )
    try:
        yield (
            Victim(
                tenant=DEFAULT_TENANT,
                root=directory.store,
                store=store,
                yesterday=LocalStore(scratch.yesterday),
                database=directory.database,
                keyring=keyring,
                forger=forger,
            ),
            directory,
        )
    finally:
        forger.close()
        directory.database.close()


def _seal(directory: Directory, rows: Sequence[Row]) -> None:
    receiving = open_receiving(directory, DEFAULT_TENANT)
    _spool(receiving.spool, rows)
    sealer = open_sealer(directory, DEFAULT_TENANT)
    tail = open_tail(directory, DEFAULT_TENANT, sealer)
    while sealer.step(tail):
        pass
    sealer.close()
    receiving.spool.close()
    open_keeping(directory, DEFAULT_TENANT).keep()


def _state_kept(directory: Directory) -> None:
    """Announced here, sealed with the next step."""
    newest = History(directory.tenant_store(DEFAULT_TENANT)).sizes()[-1]
    open_stating(directory, DEFAULT_TENANT).state(newest)


def _spool(spool: Spool, rows: Sequence[Row]) -> None:
    """The rows as batches, one a run of rows that arrived together."""
    alike = attrgetter("source", "mapper", "kind", "received_us")
    waiting = [spool.commit(_chunk(list(run))) for _, run in groupby(rows, key=alike)]
    for answer in waiting:
        answer.result()


def _chunk(rows: Sequence[Row]) -> Chunk:
    first = rows[0]
    batch = new_uuid7(first.received_us)
    parts, lengths = packed(
        [join_parts(Parts(row.actor, row.detail, row.facts, row.raw, row.target)) for row in rows]
    )
    return Chunk(
        tenant=DEFAULT_TENANT,
        source=first.source,
        batch=batch,
        mapper=first.mapper,
        number=0,
        received_us=first.received_us,
        kind=first.kind,
        ids=b"".join(row.record for row in rows),
        salts=b"".join(row.salt or bytes(16) for row in rows),
        classes=[row.class_uid for row in rows],
        parts=parts,
        lengths=lengths,
        quarantine=[],
        receipt=Receipt(batch=batch, accepted=len(rows), quarantined=0),
    )
