"""Files that the table does not refer to any more, or never did, removed once nobody can need them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.lake.catalog import root
from affidavit.lake.sealed_files import name_of

if TYPE_CHECKING:
    from pyiceberg.table import Table

    from affidavit.core.clock import Clock
    from affidavit.core.ids import Tenant
    from affidavit.lake.catalog import LakeCatalog
    from affidavit.lake.sealed_files import SealedFiles


class Orphans:
    """Remembers since when each file has been without a reference.

    The grace begins when this object first sees a file unreferenced, so neither a file that is about to be
    committed nor one that a reader of an older snapshot still reads is taken away early; a restart begins
    every grace anew.
    """

    def __init__(self, tenant: Tenant, *, catalog: LakeCatalog, files: SealedFiles, clock: Clock) -> None:
        self._tenant = tenant
        self._catalog = catalog
        self._files = files
        self._clock = clock
        self._since_us: dict[str, int] = {}

    def remove(self, *, grace_s: float) -> int:
        """Deletes what has been unreferenced for `grace_s`; how many files that was."""
        stored = set(self._files.names(f"{root(self._tenant)}/"))
        referenced = self._referenced(self._catalog.table(self._tenant))
        now_us = self._clock.now_us()
        self._since_us = {name: self._since_us.get(name, now_us) for name in stored - referenced}
        gone = [name for name, since_us in self._since_us.items() if now_us - since_us >= grace_s * 1_000_000]
        for name in gone:
            self._files.delete(name)
            del self._since_us[name]
        return len(gone)

    def _referenced(self, table: Table) -> set[str]:
        """Everything that the metadata and its snapshots name. Listed before, so new files are only kept."""
        names = {name_of(table.metadata_location)}
        names.update(name_of(entry.metadata_file) for entry in table.metadata.metadata_log[-1:])
        seen: set[str] = set()
        for snapshot in table.metadata.snapshots:
            names.add(name_of(snapshot.manifest_list))
            for manifest in snapshot.manifests(table.io):
                if manifest.manifest_path in seen:
                    continue
                seen.add(manifest.manifest_path)
                names.add(name_of(manifest.manifest_path))
                names.update(
                    name_of(entry.data_file.file_path) for entry in manifest.fetch_manifest_entry(table.io)
                )
        return names
