"""DuckDB, confined: it sees the sealed files and nothing else of the machine, and installs nothing."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb

from affidavit.lake.failures import EngineError, told
from affidavit.lake.filesystem import SealedFileSystem
from affidavit.lake.sealed_files import SCHEME, SealedFiles

if TYPE_CHECKING:
    from collections.abc import Iterator

_SETTINGS = (
    "SET temp_directory = ''",  # nothing is spilled to disk in the clear
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET allow_community_extensions = false",
    "SET TimeZone = 'UTC'",
    "SET parquet_metadata_cache = true",
    "SET enable_external_file_cache = false",  # it would keep originals in memory beside the readers' own
    "SET preserve_insertion_order = false",
    f"SET allowed_directories = ['{SCHEME}://']",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


class Sql:
    """One DuckDB instance; each question gets a connection of its own, so threads may ask at once."""

    def __init__(self, files: SealedFiles, *, threads: int, memory_bytes: int) -> None:
        self._files = SealedFileSystem(files)
        with told("start", name="DuckDB"):
            self._duckdb = _connected(
                self._files, threads=threads, memory_limit=f"{memory_bytes // (1 << 20)}MiB"
            )

    @contextmanager
    def ask(self, sql: str, parameters: list[object]) -> Iterator[duckdb.DuckDBPyRelation]:
        """The answer to one SELECT; what fails in a file is told as that, with the file's name."""
        with told("be queried"):
            cursor = self._duckdb.cursor()
            try:
                self._files.take_failure()
                yield cursor.sql(sql, params=parameters)
            except (duckdb.Error, OSError) as error:
                failure = self._files.take_failure()
                if failure is not None:
                    raise failure from error
                if isinstance(error, duckdb.Error):
                    raise EngineError(str(error)) from error
                raise
            finally:
                cursor.close()

    def close(self) -> None:
        """Lets go of everything."""
        self._duckdb.close()


def _connected(files: SealedFileSystem, **config: str | int) -> duckdb.DuckDBPyConnection:
    try:
        connection = duckdb.connect(config={**config})
        connection.register_filesystem(files)
        for setting in _SETTINGS:
            connection.execute(setting)
    except duckdb.Error as error:
        raise EngineError(str(error)) from error
    return connection
