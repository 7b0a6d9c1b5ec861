"""Changing the table: data files in and out in one snapshot, by optimistic concurrency.

Everything that a commit needs is durable before the catalog's compare-and-swap; a process killed before it
leaves only unreferenced files, which orphan removal finds. Old snapshots are forgotten in the same commit, so
the metadata stays small however often rows are appended.
"""

from __future__ import annotations

import secrets
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from pyiceberg.conversions import to_bytes
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.manifest import (
    DataFile,
    DataFileContent,
    FileFormat,
    ManifestEntry,
    ManifestEntryStatus,
    ManifestFile,
    write_manifest,
    write_manifest_list,
)
from pyiceberg.table.refs import MAIN_BRANCH, SnapshotRefType
from pyiceberg.table.snapshots import Operation, Summary
from pyiceberg.table.snapshots import Snapshot as IcebergSnapshot
from pyiceberg.table.update import (
    AddSnapshotUpdate,
    AssertRefSnapshotId,
    RemoveSnapshotsUpdate,
    SetSnapshotRefUpdate,
    TableUpdate,
)
from pyiceberg.typedef import Record
from pyiceberg.types import LongType

from affidavit.core.errors import ConflictError
from affidavit.core.ids import new_uuid7
from affidavit.lake.catalog import root
from affidavit.lake.file_io import Output
from affidavit.lake.schema import FIELD_ID, PARTITIONS
from affidavit.lake.sealed_files import SealedFiles, location, name_of
from affidavit.lake.snapshot import Manifest, Snapshot, Snapshots, StoredFile

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from pyiceberg.avro.codecs import AvroCompressionCodec
    from pyiceberg.table import Table

    from affidavit.core.clock import Clock
    from affidavit.core.ids import Tenant
    from affidavit.lake.catalog import LakeCatalog

ATTEMPTS = 12
"""Commits that lost the race are tried so often."""
KEPT_SNAPSHOTS = 5
"""Snapshots that the metadata lists; files of older ones are removed after the orphans' grace."""
_MERGE_AT = 16
_SMALL_ENTRIES = 64
_CODEC: AvroCompressionCodec = "deflate"
_LONG = LongType()


class FilesGoneError(ConflictError):
    """A file that was to be replaced is no longer in the table: somebody else replaced it."""

    code = "lake-files-replaced"


class Committer:
    """Commits changes to one tenant's table."""

    def __init__(self, tenant: Tenant, *, catalog: LakeCatalog, files: SealedFiles, clock: Clock) -> None:
        self._tenant = tenant
        self._catalog = catalog
        self._files = files
        self._clock = clock
        self._snapshots = Snapshots()

    def current(self) -> Snapshot:
        """The table as it is now."""
        table = self._catalog.table(self._tenant)
        return self._snapshots.of(table)

    def new_name(self, day: int) -> str:
        """An object name for a data file of rows received on `day`."""
        return f"{root(self._tenant)}/data/received_day={day}/{new_uuid7(self._clock.now_us())}.parquet"

    def commit(
        self,
        *,
        added: Sequence[tuple[StoredFile, bytes]] = (),
        removed: Collection[str] = (),
    ) -> None:
        """The files and their bytes in, the named files out, in one snapshot.

        FilesGoneError where one of `removed` is not in the table any more; then nothing has changed.
        """
        data = [(file.name, content) for file, content in added]
        for attempt in range(ATTEMPTS):
            table = self._catalog.table(self._tenant)
            before = self._snapshots.of(table)
            if missing := set(removed) - {file.name for file in before.files}:
                raise FilesGoneError(f"{min(missing)} has been replaced meanwhile")
            try:
                self._swap(table, before, added=[file for file, _ in added], removed=removed, data=data)
            except CommitFailedException:
                data = []  # stored by the first attempt
                time.sleep(0.005 * (1 + secrets.randbelow(2**attempt)))
                continue
            return
        raise ConflictError("the lake's table kept changing", code="lake-busy", hint="Try again later.")

    def expire(self, *, older_than_us: int) -> int:
        """Forgets the snapshots before the newest that are older, so that nothing refers to what they alone hold.

        How many that was; none where somebody else changes the table at that moment.
        """
        table = self._catalog.table(self._tenant)
        current = table.metadata.current_snapshot_id
        old = [
            known.snapshot_id
            for known in table.metadata.snapshots
            if known.snapshot_id != current and known.timestamp_ms * 1000 <= older_than_us
        ]
        if not old:
            return 0
        expected = AssertRefSnapshotId.model_validate({"ref": MAIN_BRANCH, "snapshot-id": current})
        update = RemoveSnapshotsUpdate.model_validate({"snapshot-ids": old})
        try:
            self._catalog.commit_table(table, (expected,), (update,))
        except CommitFailedException:
            return 0
        return len(old)

    def _swap(
        self,
        table: Table,
        before: Snapshot,
        *,
        added: Sequence[StoredFile],
        removed: Collection[str],
        data: list[tuple[str, bytes]],
    ) -> None:
        metadata = table.metadata
        draft = _Draft(table, moment_us=self._clock.now_us(), folder=f"{root(self._tenant)}/metadata")
        manifests = draft.manifests(before.manifests, added=added, removed=removed)
        parent = metadata.current_snapshot_id
        gone = [file for file in before.files if file.name in removed]
        sequence = metadata.next_sequence_number()
        snapshot = IcebergSnapshot.model_validate(
            {
                "snapshot-id": draft.snapshot_id,
                "parent-snapshot-id": parent,
                "manifest-list": draft.manifest_list(manifests, parent=parent, sequence=sequence),
                "sequence-number": sequence,
                "timestamp-ms": max(self._clock.now_us() // 1000, metadata.last_updated_ms + 1),
                "summary": _summary(before, added=added, gone=gone),
                "schema-id": metadata.current_schema_id,
            }
        )
        head = {"ref-name": MAIN_BRANCH, "type": SnapshotRefType.BRANCH, "snapshot-id": draft.snapshot_id}
        updates: list[TableUpdate] = [
            AddSnapshotUpdate(snapshot=snapshot),
            SetSnapshotRefUpdate.model_validate(head),
        ]
        known = sorted(metadata.snapshots, key=lambda known: known.sequence_number or 0)
        if old := [known.snapshot_id for known in known[: -(KEPT_SNAPSHOTS - 1)]]:
            updates.append(RemoveSnapshotsUpdate.model_validate({"snapshot-ids": old}))
        expected = AssertRefSnapshotId.model_validate({"ref": MAIN_BRANCH, "snapshot-id": parent})
        self._files.put_many([*data, *draft.written])
        try:
            self._catalog.commit_table(table, (expected,), tuple(updates))
        except CommitFailedException:
            for name, _ in draft.written:
                with suppress(Exception):
                    self._files.delete(name)
            raise


class _Draft:
    """The manifests and the manifest list of one attempt, in memory."""

    def __init__(self, table: Table, *, moment_us: int, folder: str) -> None:
        self._metadata = table.metadata
        self._id = new_uuid7(moment_us)
        self._folder = folder
        self.snapshot_id = table.metadata.new_snapshot_id()
        self.written: list[tuple[str, bytes]] = []

    def manifests(
        self, known: Iterable[Manifest], *, added: Sequence[StoredFile], removed: Collection[str]
    ) -> list[ManifestFile]:
        """The new snapshot's manifests: one for what is new, the rest kept, rewritten or merged."""
        kept, small, rewritten = [], [], []
        for manifest in known:
            if any(file.name in removed for file, _ in manifest.entries):
                rewritten += [entry for file, entry in manifest.entries if file.name not in removed]
            elif len(manifest.entries) < _SMALL_ENTRIES:
                small.append(manifest)
            else:
                kept.append(manifest.file)
        if len(small) >= _MERGE_AT:
            rewritten += [entry for manifest in small for _, entry in manifest.entries]
        else:
            kept += [manifest.file for manifest in small]
        if rewritten:
            kept.append(self._manifest(rewritten, ManifestEntryStatus.EXISTING))
        if added:
            entries = [
                ManifestEntry.from_args(
                    status=ManifestEntryStatus.ADDED,
                    snapshot_id=self.snapshot_id,
                    sequence_number=None,
                    file_sequence_number=None,
                    data_file=_data_file(file),
                )
                for file in added
            ]
            kept.append(self._manifest(entries, ManifestEntryStatus.ADDED))
        return kept

    def manifest_list(self, manifests: list[ManifestFile], *, parent: int | None, sequence: int) -> str:
        """The address of the list of `manifests`."""
        output = self._output(f"snap-{self.snapshot_id}-{self._id}.avro")
        with write_manifest_list(
            format_version=2,
            output_file=output,
            snapshot_id=self.snapshot_id,
            parent_snapshot_id=parent,
            sequence_number=sequence,
            avro_compression=_CODEC,
        ) as writer:
            writer.add_manifests(manifests)
        return output.location

    def _manifest(self, entries: Sequence[ManifestEntry], status: ManifestEntryStatus) -> ManifestFile:
        with write_manifest(
            format_version=2,
            spec=PARTITIONS,
            schema=self._metadata.schema(),
            output_file=self._output(f"{self._id}-m{len(self.written)}.avro"),
            snapshot_id=self.snapshot_id,
            avro_compression=_CODEC,
        ) as writer:
            for entry in entries:
                if status is ManifestEntryStatus.ADDED:
                    writer.add(entry)
                else:
                    writer.existing(entry)
        return writer.to_manifest_file()

    def _output(self, file_name: str) -> Output:
        address = location(f"{self._folder}/{file_name}")
        return Output(address, lambda data: self.written.append((name_of(address), data)))


def _data_file(file: StoredFile) -> DataFile:
    def bounds(*values: int) -> dict[int, bytes]:
        names = ("index", "time", "received")
        return {FIELD_ID[name]: to_bytes(_LONG, value) for name, value in zip(names, values, strict=False)}

    entry = DataFile.from_args(
        content=DataFileContent.DATA,
        file_path=location(file.name),
        file_format=FileFormat.PARQUET,
        partition=Record(file.day),
        record_count=file.rows,
        file_size_in_bytes=file.size_bytes,
        lower_bounds=bounds(file.min_index, file.min_time_us),
        upper_bounds=bounds(file.max_index, file.max_time_us, file.max_received_us),
        sort_order_id=1 if file.is_sorted else 0,
    )
    entry.spec_id = PARTITIONS.spec_id
    return entry


def _summary(before: Snapshot, *, added: Sequence[StoredFile], gone: Sequence[StoredFile]) -> Summary:
    files, rows = before.files, before.rows
    numbers = {
        "added-data-files": len(added),
        "added-records": sum(file.rows for file in added),
        "added-files-size": sum(file.size_bytes for file in added),
        "deleted-data-files": len(gone),
        "deleted-records": sum(file.rows for file in gone),
        "total-data-files": len(files) + len(added) - len(gone),
        "total-records": rows + sum(file.rows for file in added) - sum(file.rows for file in gone),
    }
    operation = Operation.OVERWRITE if gone else Operation.APPEND
    return Summary(operation, **{name: str(number) for name, number in numbers.items()})
