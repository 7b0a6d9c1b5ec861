"""`verify` over a data directory: everything is read from what is stored, on all cores.

The checkpoint is read before the lake, and rows become durable before their checkpoint is published, so a
server may run meanwhile: what lies beyond the checkpoint is counted as unsealed.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import time
from typing import TYPE_CHECKING

from affidavit.assembly.behind import check_behind
from affidavit.assembly.brought import Brought
from affidavit.assembly.directory import open_directory
from affidavit.assembly.kept import verify_kept
from affidavit.assembly.known_keys import check_statements, known_keys, opened
from affidavit.assembly.lakes import open_lake
from affidavit.assembly.layout import LOG
from affidavit.assembly.verify_share import Done, Task, Worker
from affidavit.assembly.writing import durable_mark, journals
from affidavit.core.clock import isoformat
from affidavit.core.errors import AffidavitError
from affidavit.core.ids import DEFAULT_TENANT
from affidavit.evidence.growth import check_growth
from affidavit.evidence.report import Difference, Report
from affidavit.evidence.runs import check_runs
from affidavit.evidence.stored import check_head, check_partial
from affidavit.evidence.times import Times
from affidavit.evidence.tree import check_root, levels
from affidavit.evidence.witnesses import check_witnesses
from affidavit.formats.tlog.tiles import PARTIAL, TILE_BYTES
from affidavit.intake.recovery import check_spool
from affidavit.intake.spool import BEGINNING, Position
from affidavit.keys.custody import Custody, verifier_keys
from affidavit.keys.keyring import FOLDER, LOG_VKEY
from affidavit.lake.failures import MISSING
from affidavit.lake.memory import keep_freed_memory
from affidavit.ledger.heads import Heads
from affidavit.ledger.history import History
from affidavit.ledger.log import Log
from affidavit.ledger.sequences import next_seqs
from affidavit.pipeline.seal import QUARANTINE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from affidavit.assembly.directory import Directory
    from affidavit.evidence.key_history import KeyHistory
    from affidavit.formats.age.recipient import Identity
    from affidavit.formats.tlog.checkpoint import Checkpoint
    from affidavit.formats.tlog.tiles import Tile
    from affidavit.lake.snapshot import StoredFile
    from affidavit.storage.local import LocalStore

_TILES_AT_ONCE = 4096
_OBJECTS_AT_ONCE = 64
_fork = multiprocessing.get_context("fork")


def verify_directory(  # noqa: PLR0913 - everything that may be brought along
    path: Path,
    *,
    keys_file: Path | None = None,
    checkpoint_file: Path | None = None,
    policy_file: Path | None = None,
    roots_file: Path | None = None,
    processes: int | None = None,
) -> Report:
    """Verify a data directory; the report names every difference.

    `keys_file` holds the verifier keys, one a line; without it those beside the log's own keys are taken.
    `checkpoint_file` holds an earlier checkpoint, of which the log must be a continuation. `policy_file` says who
    must have cosigned; without it [witness] policy does, where it is set. `roots_file` holds the certificates under
    which timestamps are believed; without it [timestamp] roots does.
    """
    directory = open_directory(path)
    try:
        brought = Brought.read(
            directory, keys=keys_file, earlier=checkpoint_file, policy=policy_file, roots=roots_file
        )
        return verify(directory, brought, processes=processes)
    finally:
        directory.database.close()


def verify(directory: Directory, brought: Brought, *, processes: int | None = None) -> Report:
    """As `verify_directory`, of one that is open; with one process everything happens in this one."""
    began = time.monotonic()
    report = Report(processes=processes or os.cpu_count() or 1)
    _verify(directory, brought, report)
    report.seconds = time.monotonic() - began
    return report


def _verify(directory: Directory, brought: Brought, report: Report) -> None:
    store = directory.tenant_store(DEFAULT_TENANT)
    durable = Position.unpacked(durable_mark(directory, DEFAULT_TENANT).get())
    sizes = History(store).sizes()  # before the newest checkpoint, which none of them is newer than
    try:
        note = Log(store, LOG).checkpoint()
        keys = known_keys(store, brought.keys)
        checkpoint = opened(note, keys)
        keyring = directory.keyring(DEFAULT_TENANT)
    except AffidavitError as error:
        report.differences.append(Difference(error.code, "checkpoint and keys", str(error)))
        return
    if brought.policy is not None:
        cosigned, missing = check_witnesses(note, brought.policy, keys)
        report.policy = True
        report.cosigned = {each.witness: isoformat(each.time_s * 1_000_000) for each in cosigned}
        report.differences += missing
    report.origin, report.size, report.root = checkpoint.origin, checkpoint.size, checkpoint.root.hex()
    switching = Custody.is_switching(store)  # by a crash in its midst, which the next start completes
    if sorted(keyring.verifier_keys) != sorted(verifier_keys(store)) and not switching:
        report.differences.append(
            Difference("keys-differ", f"{FOLDER}/{LOG_VKEY}", "are not the public halves of the signing keys")
        )
    read_tile = Log(store, LOG).read_tile
    report.differences += check_root(read_tile, checkpoint.size, checkpoint.root)
    if brought.earlier is not None:
        report.differences += _growth(brought.earlier, keys, checkpoint, read_tile)
    runs, times = [], Times(sizes)
    for part in _check_stored(directory, checkpoint.size, sizes, report):
        if part.times is not None:
            times.join(part.times)
        report.records += part.checked.records
        report.unsealed += part.checked.unsealed
        report.differences += part.checked.differences
        report.files += part.files
        report.bytes += part.size_bytes
        runs += part.checked.runs
    report.sources, missing = check_runs(runs, checkpoint.size)
    report.differences += missing
    for name in store.names(f"{LOG}tile/"):
        partial = store.read(name) if PARTIAL in name else b""  # full ones were read with their level
        report.files += 1
        report.bytes += len(partial) or TILE_BYTES
        report.differences += check_partial(name.removeprefix(LOG), partial, checkpoint.size, read_tile)
    report.differences += _spool(directory, keyring.identity, durable)
    report.differences += _head(directory, checkpoint, report)
    report.differences += check_statements(directory, keys, checkpoint.size)
    verify_kept(directory, keys, times, brought.roots, report)


def _growth(
    earlier: bytes, keys: KeyHistory, newest: Checkpoint, read_tile: Callable[[Tile], bytes]
) -> list[Difference]:
    """The log continues the checkpoint that was kept elsewhere."""
    try:
        return check_growth(opened(earlier, keys), newest, read_tile)
    except AffidavitError as error:
        return [Difference(error.code, "checkpoint kept elsewhere", str(error))]


def _check_stored(directory: Directory, size: int, kept: list[int], report: Report) -> list[Done]:
    """Everything that lies in files. Where upkeep replaced a lake file meanwhile, what took its place is checked."""
    store = directory.tenant_store(DEFAULT_TENANT)
    files = _files(directory, report)
    others = _others(store, {file.name for file in files})
    done = _run(directory, size, kept, _shares(files, size, others), report.processes)
    of_files = {part.rows: part for part in done if part.rows is not None}
    while vanished := [part for part in of_files.values() if part.gone]:
        files = _files(directory, report)
        current = {file.name for file in files}
        for part in vanished:
            part.gone = False
            if part.rows in current:
                part.checked.differences.append(
                    Difference(MISSING, str(part.rows), "is not there, but the table refers to it")
                )
        fresh = [file for file in files if file.name not in of_files]
        again = _run(directory, size, kept, [Task(rows=file) for file in fresh], report.processes)
        of_files = {part.rows: part for part in (*of_files.values(), *again) if part.rows in current}
    return [*(part for part in done if part.rows is None), *of_files.values()]


def _files(directory: Directory, report: Report) -> list[StoredFile]:
    """The lake's files of records as they are now."""
    lake = open_lake(directory, DEFAULT_TENANT)
    try:
        return list(lake.snapshot().files)
    except AffidavitError as error:
        report.differences.append(Difference(error.code, "lake", str(error)))
        return []
    finally:
        lake.close()


def _others(store: LocalStore, read_already: set[str]) -> list[str]:
    """Encrypted files beside the lake's data files: table metadata, older snapshots, quarantine."""
    found = [*store.names("lake/"), *store.names(QUARANTINE)]
    return [name for name in found if name not in read_already]


def _shares(files: Iterable[StoredFile], size: int, others: list[str]) -> list[Task]:
    """The work in pieces, the largest first."""
    tasks = [Task(rows=file) for file in sorted(files, key=lambda file: -file.rows)]
    tasks += [
        Task(tiles=(level, first, min(count, first + _TILES_AT_ONCE)))
        for level, count in levels(size)
        for first in range(0, count, _TILES_AT_ONCE)
    ]
    tasks += [
        Task(objects=tuple(others[at : at + _OBJECTS_AT_ONCE]))
        for at in range(0, len(others), _OBJECTS_AT_ONCE)
    ]
    return tasks


def _spool(directory: Directory, identity: Identity, durable: Position) -> list[Difference]:
    """What waits to be sealed opens, but for a torn end that the next start will cut."""

    def sealed() -> Position:
        head = Heads(directory.database).get(DEFAULT_TENANT)
        return Position(head.spool_segment, head.spool_offset) if head else BEGINNING

    try:
        check_spool(journals(directory, DEFAULT_TENANT), [identity], sealed=sealed, durable=durable)
    except AffidavitError as error:
        return [Difference(error.code, "spool", str(error))]
    return []


def _head(directory: Directory, checkpoint: Checkpoint, report: Report) -> list[Difference]:
    """What the state database says must follow from what is sealed."""
    try:
        with directory.database.read() as connection:
            head = Heads(directory.database).within(connection, DEFAULT_TENANT)
            seqs = {str(name): seq for name, seq in next_seqs(connection, DEFAULT_TENANT).items()}
    except AffidavitError as error:
        return [Difference(error.code, "state database", str(error))]
    stated = None if head is None else (head.size, head.root)
    if stated is not None and stated[0] > checkpoint.size:
        return check_behind(directory, stated[0])
    return check_head(stated, seqs, checkpoint.size, checkpoint.root, report.sources)


def _run(directory: Directory, size: int, kept: list[int], tasks: list[Task], processes: int) -> list[Done]:
    if not tasks:
        return []
    if processes == 1:
        worker = Worker(directory, size, kept)
        try:
            return list(map(worker.work, tasks))
        finally:
            worker.close()
    with _fork.Pool(min(processes, len(tasks)), initializer=_open, initargs=(directory, size, kept)) as pool:
        return pool.map(_share, tasks, chunksize=1)


_work: Callable[[Task], Done] | None = None


def _open(directory: Directory, size: int, kept: list[int]) -> None:
    """In a worker: open what its shares need."""
    global _work  # noqa: PLW0603 - a pool's initializer has no other place
    _work = Worker(directory, size, kept).work
    keep_freed_memory()
    gc.freeze()  # what was there before is not looked through again and again


def _share(task: Task) -> Done:
    assert _work is not None  # noqa: S101 - set by the pool's initializer
    return _work(task)
