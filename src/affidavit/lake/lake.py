"""One tenant's lake: append, truncate, search, read for verification, compact and clean up."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from affidavit.core.clock import SystemClock
from affidavit.core.errors import StorageError
from affidavit.lake import compaction, extent, select
from affidavit.lake.batches import stored_batches
from affidavit.lake.blocks import blocks
from affidavit.lake.catalog import LakeCatalog
from affidavit.lake.commit import Committer, FilesGoneError
from affidavit.lake.failures import MISSING, told
from affidavit.lake.memory import give_back_freed_memory
from affidavit.lake.orphans import Orphans
from affidavit.lake.parquet import ParquetFile
from affidavit.lake.prepared import Prepared
from affidavit.lake.schema import STORED
from affidavit.lake.sealed_files import SealedFiles
from affidavit.lake.writing import data_files

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from affidavit.core.clock import Clock
    from affidavit.core.ids import Tenant
    from affidavit.formats.age.recipient import Identity, Recipient
    from affidavit.lake.batches import StoredBatch
    from affidavit.lake.engine import Engine
    from affidavit.lake.predicate import Predicate
    from affidavit.lake.rows import Block
    from affidavit.lake.segment import Cursor, Found, Page, Row, Segment
    from affidavit.lake.select import Selection
    from affidavit.lake.snapshot import Snapshot, StoredFile
    from affidavit.storage.interfaces import ObjectStore

_MIB = 1 << 20
_READ_ATTEMPTS = 8
_T = TypeVar("_T")


class Lake:
    """The table of one tenant's records. Any number of processes may read, one appends, one compacts.

    Reading is safe from several threads; whatever changes the table is for one thread at a time.
    """

    def __init__(  # noqa: PLR0913 - what it stands on, and the engine's limits
        self,
        tenant: Tenant,
        *,
        store: ObjectStore,
        catalog_url: str,
        recipients: Sequence[Recipient],
        identities: Sequence[Identity],
        clock: Clock | None = None,
        threads: int = 2,
        memory_bytes: int = 512 * _MIB,
    ) -> None:
        """`catalog_url` is the SQLAlchemy URL of the database that holds the Iceberg catalog."""
        clock = clock or SystemClock()
        self._tenant = tenant
        self._clock = clock
        self._files = SealedFiles(store, recipients=recipients, identities=identities)
        with told("be opened", name="the lake's catalog"):
            self._catalog = LakeCatalog(catalog_url, files=self._files)
        self._committer = Committer(tenant, catalog=self._catalog, files=self._files, clock=clock)
        self._orphans = Orphans(tenant, catalog=self._catalog, files=self._files, clock=clock)
        give_back_freed_memory()
        self._threads = threads
        self._memory_bytes = memory_bytes
        self._started: Engine | None = None

    def append(self, records: Segment | Prepared) -> None:
        """The records are durable and searchable on return; RecordError where they do not fit the table."""
        if not len(records):
            return
        with told("append"):
            prepared = records if isinstance(records, Prepared) else Prepared(records)
            self._committer.commit(added=data_files(prepared.table, new_name=self._committer.new_name))

    def truncate(self, size: int) -> int:
        """Drops every record of index `size` and above, as after a crash; how many that was."""
        with told("truncate"):
            beyond = [file for file in self.snapshot().files if file.max_index >= size]
            if not beyond:
                return 0
            added = []
            for file in beyond:
                if file.min_index < size:
                    table = pa.Table.from_batches(list(ParquetFile(self._files.open(file.name)).batches()))
                    kept = table.filter(pc.less(table.column("index"), size))
                    added += data_files(kept.cast(STORED), new_name=self._committer.new_name)
            self._committer.commit(added=added, removed={file.name for file in beyond})
            return sum(file.rows for file in beyond) - sum(file.rows for file, _ in added)

    def snapshot(self) -> Snapshot:
        """The files as they are now; costs one look into the catalog while nothing has changed."""
        with told("be looked up", name="the lake's catalog"):
            return self._reading(lambda _: self._committer.current())

    def rows(self, first: int, end: int) -> list[Row]:
        """The records of index `first` up to, not including, `end` that are there, in order."""
        with told("be read"):
            return self._reading(lambda files: select.by_index(self._engine, files, first, end))

    def select(self, selection: Selection, *, limit: int, after: Cursor | None = None) -> Page:
        """The newest `limit` records of the selection after the cursor; the page says whether there are more."""
        with told("be searched"):
            return self._reading(
                lambda files: select.page(self._engine, files, selection, limit=limit, after=after)
            )

    def stream(self, selection: Selection) -> Iterator[Found]:
        """Every record of the selection, newest first, in bounded memory; of the snapshot at the beginning."""
        with told("be searched"):
            yield from select.stream(self._engine, self.snapshot().files, selection)

    def extent(self, *, since_us: int | None, until_us: int | None, size: int) -> tuple[int, int]:
        """The indexes [first, end) below `size` that hold every record received in the period."""
        with told("be searched"):
            return self._reading(
                lambda files: extent.extent(
                    self._engine, files, since_us=since_us, until_us=until_us, size=size
                )
            )

    def fitting(self, predicate: Predicate, *, first: int, end: int) -> Collection[int]:
        """The indexes within [first, end) of the records that fit the predicate, in no order."""
        with told("be searched"):
            return self._reading(
                lambda files: extent.fitting(self._engine, files, predicate, first=first, end=end)
            )

    def batches(self, size: int, *, after: str = "", upto: str | None = None) -> list[StoredBatch]:
        """What is stored below index `size` of each batch whose id is in (`after`, `upto`], in no order."""
        with told("be read"):
            return self._reading(
                lambda files: stored_batches(self._engine, files, size, after=after, upto=upto)
            )

    def read_file(self, file: StoredFile) -> Iterator[Block]:
        """All rows of a file in the order they are stored, as they are stored, some thousands at a time."""
        with told("be read", name=file.name):
            yield from blocks(self._files.open(file.name))

    def compact(self, *, min_files: int = 16) -> int:
        """Merges small files of a day, `min_files` at a time while records come in; how many it replaced."""
        replaced = 0
        aside = ThreadPoolExecutor(1, "compact", initializer=compaction.stand_back)
        with told("be compacted"), aside:
            for inputs in compaction.due(
                self.snapshot().files, min_files=min_files, now_us=self._clock.now_us()
            ):
                merged = aside.submit(
                    compaction.merge, self._files, inputs, new_name=self._committer.new_name
                ).result()
                pa.default_memory_pool().release_unused()
                with suppress(FilesGoneError):  # truncated meanwhile
                    names = {file.name for file in inputs}
                    self._committer.commit(added=[merged], removed=names)
                    self._orphans.replaced(names)
                    replaced += len(inputs)
        return replaced

    def remove_orphans(self, *, grace_s: float) -> int:
        """Deletes files seen unreferenced for `grace_s` that no commit in progress can need; how many."""
        with told("be cleaned up"):
            removed = self._orphans.remove(grace_s=grace_s)
            self._committer.expire(older_than_us=self._clock.now_us() - int(grace_s * 1_000_000))
            return removed

    def unreferenced(self) -> list[str]:
        """Stored files that the table does not refer to; some may be about to be, or still be read."""
        with told("be listed"):
            return self._orphans.unreferenced()

    def close(self) -> None:
        """Lets go of the engine and the catalog's connections."""
        if self._started is not None:
            self._started.close()
            self._started = None
        self._catalog.close()

    @property
    def _engine(self) -> Engine:
        from affidavit.lake.engine import Engine  # not loaded by those who verify or append alone

        if self._started is None:
            self._started = Engine(self._files, threads=self._threads, memory_bytes=self._memory_bytes)
        return self._started

    def _reading(self, question: Callable[[list[StoredFile]], _T]) -> _T:
        """The answer from the current snapshot; asked again where a file was removed as it was being read."""
        attempt = 1
        while True:
            at = self._catalog.location_of(self._tenant)
            try:
                return question(self._committer.current().files)
            except StorageError as error:
                if error.code != MISSING or attempt == _READ_ATTEMPTS:
                    raise
                if self._catalog.location_of(self._tenant) == at:
                    raise  # nobody has replaced it
            attempt += 1
