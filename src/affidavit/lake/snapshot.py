"""What the table consists of at one moment: an immutable list of data files with what is known of each."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from affidavit.lake.schema import FIELD_ID
from affidavit.lake.sealed_files import name_of

if TYPE_CHECKING:
    from pyiceberg.manifest import DataFile, ManifestEntry, ManifestFile
    from pyiceberg.table import Table

_INDEX, _TIME, _RECEIVED = FIELD_ID["index"], FIELD_ID["time"], FIELD_ID["received"]
_MANIFESTS = 4096


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """One data file; the bounds are inclusive."""

    name: str
    rows: int
    size_bytes: int
    day: int
    """Day of receipt, days since 1970."""
    is_sorted: bool
    """Whether compaction wrote it."""
    min_index: int
    max_index: int
    min_time_us: int
    max_time_us: int
    max_received_us: int


@dataclass(frozen=True)
class Manifest:
    """One manifest and its live entries."""

    file: ManifestFile
    entries: tuple[tuple[StoredFile, ManifestEntry], ...]


@dataclass(frozen=True)
class Snapshot:
    """The table at one moment."""

    location: str
    """Address of the metadata file that says so."""
    manifests: tuple[Manifest, ...]

    @property
    def files(self) -> list[StoredFile]:
        """Every data file."""
        return [file for manifest in self.manifests for file, _ in manifest.entries]

    @property
    def rows(self) -> int:
        """How many records there are."""
        return sum(file.rows for file in self.files)


class Snapshots:
    """Reads snapshots of a table; manifests never change, so each is read once."""

    def __init__(self) -> None:
        self._manifests: OrderedDict[str, Manifest] = OrderedDict()
        self._last: Snapshot | None = None

    def of(self, table: Table) -> Snapshot:
        """The snapshot that the table's metadata names."""
        last = self._last
        if last is not None and last.location == table.metadata_location:
            return last
        current = table.metadata.current_snapshot()
        manifests = current.manifests(table.io) if current is not None else []
        last = self._last = Snapshot(
            table.metadata_location, tuple(self._manifest(manifest, table) for manifest in manifests)
        )
        return last

    def _manifest(self, file: ManifestFile, table: Table) -> Manifest:
        known = self._manifests.get(file.manifest_path)
        if known is None:
            known = Manifest(
                file,
                tuple((stored(entry.data_file), entry) for entry in file.fetch_manifest_entry(table.io)),
            )
            self._manifests[file.manifest_path] = known
            while len(self._manifests) > _MANIFESTS:
                self._manifests.popitem(last=False)
        return known


def _long(value: bytes) -> int:
    """Iceberg's binary form of a long and of a timestamp."""
    return int.from_bytes(value, "little", signed=True)


def stored(file: DataFile) -> StoredFile:
    """What an Iceberg data file entry says."""
    lower, upper = file.lower_bounds, file.upper_bounds
    return StoredFile(
        name=name_of(file.file_path),
        rows=file.record_count,
        size_bytes=file.file_size_in_bytes,
        day=file.partition[0],
        is_sorted=file.sort_order_id == 1,
        min_index=_long(lower[_INDEX]),
        max_index=_long(upper[_INDEX]),
        min_time_us=_long(lower[_TIME]),
        max_time_us=_long(upper[_TIME]),
        max_received_us=_long(upper[_RECEIVED]),
    )
