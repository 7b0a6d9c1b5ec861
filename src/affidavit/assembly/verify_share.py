"""A share of verifying a data directory, which one process does alone: a lake file, some tiles, some objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from affidavit.assembly.lakes import open_lake
from affidavit.assembly.layout import LOG
from affidavit.core.errors import AffidavitError, NotFoundError
from affidavit.core.ids import DEFAULT_TENANT
from affidavit.evidence.records import Checked, check_rows
from affidavit.evidence.report import Difference
from affidavit.evidence.stored import check_object
from affidavit.evidence.times import Times
from affidavit.evidence.tree import check_tiles, leaves_of
from affidavit.lake.failures import MISSING
from affidavit.ledger.log import Log
from affidavit.native import placing
from affidavit.native.leaves import examined
from affidavit.native.tree import subtree_root

if TYPE_CHECKING:
    from collections.abc import Iterable

    from affidavit.assembly.directory import Directory
    from affidavit.formats.age.recipient import Identity
    from affidavit.lake.snapshot import StoredFile
    from affidavit.storage.local import LocalStore


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """A share of the work that one process does alone."""

    rows: StoredFile | None = None
    tiles: tuple[int, int, int] | None = None
    """Level, first and end tile."""
    objects: tuple[str, ...] = ()
    """Encrypted files to authenticate."""


@dataclass(kw_only=True, slots=True)
class Done:
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


class Worker:
    """Does shares; of the directory it uses the files only, as the database is not for a forked process."""

    def __init__(self, directory: Directory, size: int, kept: list[int]) -> None:
        self._size = size
        self._kept = kept
        self._store = directory.tenant_store(DEFAULT_TENANT)
        self._identity = directory.keyring(DEFAULT_TENANT).identity
        self._lake = open_lake(directory, DEFAULT_TENANT)
        self._read_tile = Log(self._store, LOG).read_tile
        self._leaves = leaves_of(self._read_tile, size)

    def work(self, task: Task) -> Done:
        """What the share shows."""
        done = Done(checked=Checked())
        if task.rows is not None:
            self._check_rows(task.rows, done)
        elif task.tiles is not None:
            done.checked.differences += check_tiles(
                self._read_tile, self._size, *task.tiles, root_of=subtree_root
            )
        _check_objects(self._store, task.objects, self._identity, done)
        return done

    def close(self) -> None:
        """Lets go of what was opened."""
        self._lake.close()

    def _check_rows(self, file: StoredFile, done: Done) -> None:
        done.times = Times(self._kept)
        done.rows, done.files, done.size_bytes = file.name, 1, file.size_bytes
        try:
            done.checked = check_rows(
                file.name,
                self._lake.read_file(file),
                first=file.min_index,
                end=file.max_index + 1,
                size=self._size,
                leaves=self._leaves,
                examined=examined,
                placing=placing,
                times=done.times,
            )
        except AffidavitError as error:
            done.gone = error.code == MISSING
            if not done.gone:
                done.checked.differences.append(Difference(error.code, file.name, str(error)))


def _check_objects(store: LocalStore, names: Iterable[str], identity: Identity, done: Done) -> None:
    for name in names:
        try:
            data = store.read(name)
        except NotFoundError:
            continue  # upkeep may remove what nothing refers to any more
        done.files += 1
        done.size_bytes += len(data)
        done.checked.differences += check_object(name, data, [identity])
