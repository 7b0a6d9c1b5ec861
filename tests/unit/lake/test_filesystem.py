"""DuckDB's way to the sealed files: whoever reads at a place gets what is there, whatever other threads do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import TYPE_CHECKING

import pytest
from tests.unit.lake.conftest import IDENTITY

from affidavit.lake.filesystem import SealedFileSystem
from affidavit.lake.sealed_files import SealedFiles, location

if TYPE_CHECKING:
    from affidavit.storage.local import LocalStore

CONTENT = Random(3).randbytes(300_000)


@pytest.fixture
def file_system(store: LocalStore) -> SealedFileSystem:
    """With one file of several chunks, `a/b`."""
    files = SealedFiles(store, recipients=[IDENTITY.recipient], identities=[IDENTITY])
    files.put_many([("a/b", CONTENT)])
    return SealedFileSystem(files)


def test_threads_share_a_file_and_not_a_place_in_it(file_system: SealedFileSystem) -> None:
    """One goes somewhere, another elsewhere, and then the first reads."""
    with file_system.open(location("a/b"), "rb") as file, ThreadPoolExecutor(1) as other:
        file.seek(1000)
        assert other.submit(file.seek, 200_000).result() == 200_000
        assert file.read(50) == CONTENT[1000:1050]
        assert other.submit(file.read, 50).result() == CONTENT[200_000:200_050]
        assert (file.tell(), other.submit(file.tell).result()) == (1050, 200_050)
        assert file.seek(-9, 2) == len(CONTENT) - 9
        assert file.read() == CONTENT[-9:]
