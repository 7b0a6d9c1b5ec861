"""What somebody who holds the age identity can make of a lake: any rows, stored as the product stores them.

For the attack catalogue, on copies only. The files open, the table's metadata is consistent with them, and the
query columns are what the parts say, unless the forger wants otherwise: what is found is found by hashes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from affidavit.core.clock import SystemClock
from affidavit.formats.record.columns import derive
from affidavit.lake.catalog import LakeCatalog
from affidavit.lake.commit import Committer
from affidavit.lake.failures import told
from affidavit.lake.parquet import ParquetFile
from affidavit.lake.schema import APART, PARTS, QUERY_COLUMNS, STORED
from affidavit.lake.sealed_files import SealedFiles
from affidavit.lake.writing import data_files

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from affidavit.core.ids import Tenant
    from affidavit.formats.age.recipient import Identity, Recipient
    from affidavit.storage.interfaces import ObjectStore

StoredRow = dict[str, Any]
"""A row by its column names; times are integers of microseconds, parts are text, an absent one None."""
_TIMES = ("received", "sealed", "time")
_US_PER_MS = 1000


class Forger:
    """Reads and replaces all rows of a small table."""

    def __init__(
        self,
        tenant: Tenant,
        *,
        store: ObjectStore,
        catalog_url: str,
        recipients: Sequence[Recipient],
        identities: Sequence[Identity],
    ) -> None:
        self._files = SealedFiles(store, recipients=recipients, identities=identities)
        self._catalog = LakeCatalog(catalog_url, files=self._files)
        self._committer = Committer(tenant, catalog=self._catalog, files=self._files, clock=SystemClock())

    def rows(self) -> list[StoredRow]:
        """Every row in the order of the log."""
        with told("be read"):
            rows: list[StoredRow] = []
            for file in self._committer.current().files:
                for batch in ParquetFile(self._files.open(file.name)).batches():
                    table = pa.Table.from_batches([batch])
                    for name in _TIMES:
                        at = table.schema.get_field_index(name)
                        table = table.set_column(at, name, table.column(name).cast(pa.int64()))
                    rows += map(_apart, table.to_pylist())
            return sorted(rows, key=lambda row: row["index"])

    def replace(self, rows: list[StoredRow]) -> None:
        """The table holds these rows and no others, in one file a day."""
        with told("be forged"):
            before = self._committer.current().files
            stored = [{**row, PARTS: "\n".join(row[name] or "" for name in APART)} for row in rows]
            arrays = [pa.array([row[field.name] for row in stored], field.type) for field in STORED]
            table = pa.Table.from_arrays(arrays, schema=STORED)
            added = data_files(table, new_name=self._committer.new_name) if rows else []
            self._committer.commit(added=added, removed={file.name for file in before})

    def change(self, change: Callable[[list[StoredRow]], list[StoredRow]]) -> None:
        """The rows become what `change` makes of them."""
        self.replace(change(self.rows()))

    def close(self) -> None:
        """Lets go of the catalog's connections."""
        self._catalog.close()


def _apart(row: StoredRow) -> StoredRow:
    parts = row.pop(PARTS).split("\n", len(APART) - 1)
    return row | {name: part or None for name, part in zip(APART, parts, strict=True)}


def rederived(row: StoredRow) -> StoredRow:
    """The row with the query columns that its parts call for."""
    facts = row["text"].partition("\n")[0].encode()
    columns = derive(facts, (row["actor"] or "").encode(), (row["target"] or "").encode())
    found = dict(zip(QUERY_COLUMNS, columns, strict=True))
    return {**row, **found, "time": columns.time_ms * _US_PER_MS}
