"""The catalog: which metadata file is the table, moved by compare-and-swap in the SQL database."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from pyiceberg.catalog import Catalog
from pyiceberg.catalog.sql import IcebergTables, SqlCatalog
from pyiceberg.exceptions import (
    CommitFailedException,
    NamespaceAlreadyExistsError,
    NoSuchTableError,
    TableAlreadyExistsError,
)
from pyiceberg.serializers import FromByteStream
from pyiceberg.table import Table
from pyiceberg.typedef import EMPTY_DICT
from sqlalchemy import select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from affidavit.lake.file_io import SealedFileIO
from affidavit.lake.schema import ICEBERG, ORDER, PARTITIONS, TABLE
from affidavit.lake.sealed_files import SealedFiles, location

if TYPE_CHECKING:
    from pyiceberg.io import FileIO
    from pyiceberg.table.metadata import TableMetadata
    from pyiceberg.typedef import Identifier, Properties

    from affidavit.core.ids import Tenant

NAME = "affidavit"
"""The catalog's name in its own tables."""
_BUSY_S = 30
_PROPERTIES = {
    "format-version": "2",
    "write.metadata.previous-versions-max": "10",
    "write.parquet.compression-codec": "zstd",
}


class LakeCatalog(SqlCatalog):
    """PyIceberg's SQL catalog over the sealed files, reading each metadata file at most once."""

    def __init__(self, url: str, *, files: SealedFiles) -> None:
        self._files = files
        self._known: tuple[str, TableMetadata] | None = None
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            parsed = parsed.update_query_dict({"timeout": str(_BUSY_S)})
        uri = parsed.render_as_string(hide_password=False)
        try:
            super().__init__(NAME, uri=uri)
        except SQLAlchemyError:  # another process was creating the same tables
            super().__init__(NAME, uri=uri)

    def location_of(self, tenant: Tenant) -> str | None:
        """Address of the table's current metadata file; None where there is no table yet."""
        statement = select(IcebergTables.metadata_location).where(
            IcebergTables.catalog_name == self.name,
            IcebergTables.table_namespace == tenant,
            IcebergTables.table_name == TABLE,
        )
        with self.engine.connect() as connection:
            found: str | None = connection.execute(statement).scalar_one_or_none()
        return found

    def table(self, tenant: Tenant) -> Table:
        """The tenant's table as it is now; created where it is absent."""
        at = self.location_of(tenant)
        if at is None:
            with suppress(NamespaceAlreadyExistsError):
                self.create_namespace((tenant,))
            with suppress(TableAlreadyExistsError, CommitFailedException):
                self.create_table_transaction(
                    (tenant, TABLE),
                    ICEBERG,
                    location=location(root(tenant)),
                    partition_spec=PARTITIONS,
                    sort_order=ORDER,
                    properties=_PROPERTIES,
                ).commit_transaction()
        return self.load_table((tenant, TABLE))

    def load_table(self, identifier: str | Identifier) -> Table:
        """The table as it is now."""
        namespace, name = Catalog.identifier_to_tuple(identifier)
        at = self.location_of(namespace)  # type: ignore[arg-type]
        if at is None:
            raise NoSuchTableError(f"no table {namespace}.{name}")
        return Table(
            identifier=(namespace, name),
            metadata=self._metadata(at),
            metadata_location=at,
            io=self._load_file_io(),
            catalog=self,
        )

    def _metadata(self, at: str) -> TableMetadata:
        known = self._known
        if known is None or known[0] != at:
            with SealedFileIO(self._files).new_input(at).open() as stream:
                known = self._known = (at, FromByteStream.table_metadata(stream))
        return known[1]

    def _load_file_io(
        self,
        properties: Properties = EMPTY_DICT,  # noqa: ARG002 - PyIceberg's signature
        location: str | None = None,  # noqa: ARG002 - PyIceberg's signature
    ) -> FileIO:
        return SealedFileIO(self._files)


def root(tenant: Tenant) -> str:
    """Where the tenant's lake lies in the object store."""
    return f"lake/{tenant}"
