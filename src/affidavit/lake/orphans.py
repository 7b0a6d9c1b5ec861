"""Files that the table does not refer to any more, or never did, removed once nobody can need them.

Every file is left alone for a grace after it was first seen without a reference, for the readers of an older
snapshot; a reader that finds a file gone takes the newest snapshot and goes on. Beside that, a file that somebody
may still be about to commit must stay:

- A data file goes where it is known to have been in the table, or by its name was made an hour ago, or has been
  seen unreferenced for an hour.
- A metadata file goes where its version is not above the table's: the catalog's compare-and-swap accepts the next
  version only.
- A manifest or manifest list goes where by its name it was drafted before the table's last change: a commit that
  began before that change has lost.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from affidavit.lake.catalog import root
from affidavit.lake.sealed_files import name_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyiceberg.table import Table

    from affidavit.core.clock import Clock
    from affidavit.core.ids import Tenant
    from affidavit.lake.catalog import LakeCatalog
    from affidavit.lake.sealed_files import SealedFiles

UNFINISHED_S = 3600
"""A data file that nothing has ever referred to is taken for part of a commit in progress so long."""
_VERSION = re.compile(r"/metadata/(\d+)-[^/]*\.metadata\.json$")
_UUID7 = re.compile(r"([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}[^/]*$")


class Orphans:
    """Remembers since when each file has been without a reference, and what has been in the table."""

    def __init__(self, tenant: Tenant, *, catalog: LakeCatalog, files: SealedFiles, clock: Clock) -> None:
        self._tenant = tenant
        self._catalog = catalog
        self._files = files
        self._clock = clock
        self._since_us: dict[str, int] = {}
        self._committed: set[str] = set()

    def replaced(self, names: Iterable[str]) -> None:
        """These files were in the table and have been replaced."""
        self._committed.update(names)

    def unreferenced(self) -> list[str]:
        """The names of all files without a reference."""
        stored = set(self._files.names(f"{root(self._tenant)}/"))
        return sorted(stored - self._referenced(self._catalog.table(self._tenant)))

    def remove(self, *, grace_s: float) -> int:
        """Deletes what has been unreferenced for `grace_s` and cannot be part of a commit; how many files."""
        stored = set(self._files.names(f"{root(self._tenant)}/"))
        table = self._catalog.table(self._tenant)
        referenced = self._referenced(table)
        now_us = self._clock.now_us()
        self._committed = (self._committed & stored) | referenced
        self._since_us = {name: self._since_us.get(name, now_us) for name in stored - referenced}
        gone = [
            name
            for name, since_us in self._since_us.items()
            if now_us - since_us >= grace_s * 1_000_000 and self._is_over(name, table, now_us)
        ]
        for name in gone:
            self._files.delete(name)
            del self._since_us[name]
        return len(gone)

    def _is_over(self, name: str, table: Table, now_us: int) -> bool:
        """Whether no commit in progress can make the table refer to the file."""
        if name in self._committed:
            return True
        made_ms = _made_ms(name)
        since_us = self._since_us[name] if made_ms is None else min(self._since_us[name], made_ms * 1000)
        if now_us - since_us >= UNFINISHED_S * 1_000_000:
            return True
        if (version := _VERSION.search(name)) is not None:
            current = _VERSION.search(name_of(table.metadata_location))
            return current is not None and int(version[1]) <= int(current[1])
        return "/metadata/" in name and made_ms is not None and made_ms < table.metadata.last_updated_ms

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


def _made_ms(name: str) -> int | None:
    """The millisecond in the UUIDv7 of a file's name."""
    found = _UUID7.search(name)
    return None if found is None else int(found[1] + found[2], 16)
