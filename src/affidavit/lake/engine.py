"""What answers questions about the records: readers of columns and of originals, and DuckDB where one is for it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from affidavit.lake.actors import ActorIndex
from affidavit.lake.columns import Columns
from affidavit.lake.fetch import Fetcher
from affidavit.lake.memory import freed_memory_kept
from affidavit.lake.scan import Scanner

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from duckdb import DuckDBPyRelation

    from affidavit.lake.sealed_files import SealedFiles
    from affidavit.lake.sql import Sql

_T = TypeVar("_T")


class Engine:
    """For any number of threads at once."""

    def __init__(self, files: SealedFiles, *, threads: int, memory_bytes: int) -> None:
        self._files = files
        self._threads = threads
        self._memory_bytes = memory_bytes
        self._pool = ThreadPoolExecutor(threads, "look")
        self._starting = Lock()
        self._sql: Sql | None = None
        self.columns = Columns(files, memory_bytes=memory_bytes // 4)
        """What reads all other columns than that of the parts."""
        self.actors = ActorIndex(self.columns)
        """Which rows are whose."""
        self.scanner = Scanner(self.columns, self.each)
        """What goes through the originals."""
        self.fetcher = Fetcher(self.columns)
        """What gets the rows that were found."""

    def ask(self, sql: str, parameters: list[object]) -> AbstractContextManager[DuckDBPyRelation]:
        """The answer to one SELECT; what fails in a file is told as that, with the file's name."""
        with self._starting:
            if self._sql is None:
                from affidavit.lake.sql import Sql  # most questions need none, and starting it takes longer

                self._sql = Sql(self._files, threads=self._threads, memory_bytes=self._memory_bytes)
        return self._sql.ask(sql, parameters)

    def each(self, look: Callable[[_T], None], places: Sequence[_T]) -> None:
        """Looks at all places, several at once."""
        if not places:
            return  # giving memory back takes a millisecond
        with freed_memory_kept():
            tasks = [self._pool.submit(look, place) for place in places]
            try:
                for task in tasks:
                    task.result()
            finally:
                for task in tasks:
                    task.cancel()

    def close(self) -> None:
        """Lets go of everything."""
        if self._sql is not None:
            self._sql.close()
        self._pool.shutdown(cancel_futures=True)
