"""`verify` over a data directory: everything is read from what is stored, on all cores.

The checkpoint is read before the lake, and rows become durable before their checkpoint is published, so a
server may run meanwhile: what lies beyond the checkpoint is counted as unsealed.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from affidavit.assembly.directory import open_directory
from affidavit.assembly.kept import verify_kept
from affidavit.assembly.known_keys import check_statements, known_keys, opened
from affidavit.assembly.lakes import open_lake
from affidavit.assembly.layout import LOG
from affidavit.assembly.writing import durable_mark, journals
from affidavit.core.errors import AffidavitError, NotFoundError
from affidavit.core.ids import DEFAULT_TENANT
from affidavit.evidence.records import Checked, check_rows, check_runs
from affidavit.evidence.report import Difference, Report
from affidavit.evidence.stored import check_head, check_object, check_partial
from affidavit.evidence.times import Times
from affidavit.evidence.tree import check_root, check_tiles, leaves_of, levels
from affidavit.intake.recovery import check_spool
from affidavit.intake.spool import BEGINNING, Position
from affidavit.keys.custody import Custody, verifier_keys
from affidavit.keys.keyring import FOLDER, LOG_VKEY
from affidavit.lake.failures import MISSING
from affidavit.ledger.heads import Heads
from affidavit.ledger.history import History
from affidavit.ledger.log import Log
from affidavit.ledger.sequences import next_seqs
from affidavit.native.leaves import leaves_of as leaves_of_records
from affidavit.pipeline.seal import QUARANTINE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from affidavit.assembly.directory import Directory
    from affidavit.formats.age.recipient import Identity
    from affidavit.formats.tlog.checkpoint import Checkpoint
    from affidavit.lake.snapshot import StoredFile
    from affidavit.storage.local import LocalStore

_TILES_AT_ONCE = 4096
_OBJECTS_AT_ONCE = 64
_fork = multiprocessing.get_context("fork")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Task:
    """A share of the work that one process does alone."""

    rows: StoredFile | None = None
    tiles: tuple[int, int, int] | None = None
    """Level, first and end tile."""
    objects: tuple[str, ...] = ()
    """Encrypted files to authenticate."""


@dataclass(kw_only=True, slots=True)
class _Done:
    """What a share of the work found."""

    checked: Checked
    rows: str | None = None
    """The lake file that this was about."""
    gone: bool = False
    """It was not there (any more)."""
    times: Times | None = None
    """Of the records in it."""
    files: int = 0
    size_bytes: int = 0


def verify_directory(path: Path, *, keys_file: Path | None = None, processes: int | None = None) -> Report:
    """Verify a data directory; the report names every difference.

    `keys_file` holds the verifier keys, one a line; without it those beside the log's own keys are taken.
    """
    began = time.monotonic()
    report = Report(processes=processes or os.cpu_count() or 1)
    directory = open_directory(path)
    try:
        _verify(directory, keys_file, report)
    finally:
        directory.database.close()
    report.seconds = time.monotonic() - began
    return report


def _verify(directory: Directory, keys_file: Path | None, report: Report) -> None:
    store = directory.tenant_store(DEFAULT_TENANT)
    durable = Position.unpacked(durable_mark(directory, DEFAULT_TENANT).get())
    sizes = History(store).sizes()  # before the newest checkpoint, which none of them is newer than
    try:
        note = Log(store, LOG).checkpoint()
        keys = known_keys(store, keys_file)
        checkpoint = opened(note, keys)
        keyring = directory.keyring(DEFAULT_TENANT)
    except AffidavitError as error:
        report.differences.append(Difference(error.code, "checkpoint and keys", str(error)))
        return
    report.origin, report.size, report.root = checkpoint.origin, checkpoint.size, checkpoint.root.hex()
    switching = Custody.is_switching(store)  # by a crash in its midst, which the next start completes
    if sorted(keyring.verifier_keys) != sorted(verifier_keys(store)) and not switching:
        report.differences.append(
            Difference("keys-differ", f"{FOLDER}/{LOG_VKEY}", "are not the public halves of the signing keys")
        )
    read_tile = Log(store, LOG).read_tile
    report.differences += check_root(read_tile, checkpoint.size, checkpoint.root)
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
        report.files += 1
        report.bytes += store.size(name)
        report.differences += check_partial(
            name.removeprefix(LOG), store.read(name), checkpoint.size, read_tile
        )
    report.differences += _spool(directory, keyring.identity, durable)
    report.differences += _head(directory, checkpoint, report)
    report.differences += check_statements(directory, keys, checkpoint.size)
    verify_kept(directory, keys, times, report)


def _check_stored(directory: Directory, size: int, kept: list[int], report: Report) -> list[_Done]:
    """Everything that lies in files. Where upkeep replaced a lake file meanwhile, what took its place is checked."""
    store = directory.tenant_store(DEFAULT_TENANT)
    files = _files(directory, report)
    others = _others(store, {file.name for file in files})
    done = _run(directory.path, size, kept, _shares(files, size, others), report.processes)
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
        again = _run(directory.path, size, kept, [_Task(rows=file) for file in fresh], report.processes)
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


def _shares(files: Iterable[StoredFile], size: int, others: list[str]) -> list[_Task]:
    """The work in pieces, the largest first."""
    tasks = [_Task(rows=file) for file in sorted(files, key=lambda file: -file.rows)]
    tasks += [
        _Task(tiles=(level, first, min(count, first + _TILES_AT_ONCE)))
        for level, count in levels(size)
        for first in range(0, count, _TILES_AT_ONCE)
    ]
    tasks += [
        _Task(objects=tuple(others[at : at + _OBJECTS_AT_ONCE]))
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
    return check_head(stated, seqs, checkpoint.size, checkpoint.root, report.sources)


def _run(path: Path, size: int, kept: list[int], tasks: list[_Task], processes: int) -> list[_Done]:
    if not tasks:
        return []
    with _fork.Pool(min(processes, len(tasks)), initializer=_open, initargs=(path, size, kept)) as pool:
        return pool.map(_share, tasks, chunksize=1)


_work: Callable[[_Task], _Done] | None = None


def _open(path: Path, size: int, kept: list[int]) -> None:
    """In a worker: open what its shares need."""
    global _work  # noqa: PLW0603 - a pool's initializer has no other place
    directory = open_directory(path)
    store = directory.tenant_store(DEFAULT_TENANT)
    identity = directory.keyring(DEFAULT_TENANT).identity
    lake = open_lake(directory, DEFAULT_TENANT)
    read_tile = Log(store, LOG).read_tile
    leaves = leaves_of(read_tile, size)

    def work(task: _Task) -> _Done:
        done = _Done(checked=Checked())
        if task.rows is not None:
            file = task.rows
            done.times = Times(kept)
            done.rows, done.files, done.size_bytes = file.name, 1, file.size_bytes
            try:
                done.checked = check_rows(
                    file.name,
                    done.times.watch(lake.read_file(file)),
                    first=file.min_index,
                    end=file.max_index + 1,
                    size=size,
                    leaves=leaves,
                    hashed=leaves_of_records,
                )
            except AffidavitError as error:
                done.gone = error.code == MISSING
                if not done.gone:
                    done.checked.differences.append(Difference(error.code, file.name, str(error)))
        elif task.tiles is not None:
            done.checked.differences += check_tiles(read_tile, size, *task.tiles)
        _check_objects(store, task.objects, identity, done)
        return done

    _work = work


def _share(task: _Task) -> _Done:
    assert _work is not None  # noqa: S101 - set by the pool's initializer
    return _work(task)


def _check_objects(store: LocalStore, names: Iterable[str], identity: Identity, done: _Done) -> None:
    for name in names:
        try:
            data = store.read(name)
        except NotFoundError:
            continue  # upkeep may remove what nothing refers to any more
        done.files += 1
        done.size_bytes += len(data)
        done.checked.differences += check_object(name, data, [identity])
