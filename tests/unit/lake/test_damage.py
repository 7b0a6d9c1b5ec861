"""A changed or missing file is told by its name, whoever reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from affidavit.core.errors import AffidavitError, StorageError, VerificationError
from affidavit.lake.failures import MISSING
from affidavit.lake.predicate import HasText, Pattern
from affidavit.lake.select import Selection

if TYPE_CHECKING:
    from collections.abc import Callable

    from affidavit.lake.lake import Lake
    from affidavit.storage.local import LocalStore


def questions(lake: Lake) -> list[Callable[[], object]]:
    """Every way to read."""
    return [
        lambda: lake.rows(0, 99),
        lambda: lake.select(Selection(), limit=5),
        lambda: lake.select(Selection(predicate=HasText(Pattern(("needle",)))), limit=5),
        lambda: list(lake.stream(Selection())),
        lambda: lake.batches(99),
        lambda: [list(lake.read_file(file)) for file in lake.snapshot().files],
        lambda: lake.compact(min_files=1),
    ]


def current(lake: Lake, store: LocalStore) -> list[str]:
    """Names of the files that the table now consists of."""
    lake.remove_orphans(grace_s=0)
    snapshot = lake.snapshot()
    names = {file.name for file in snapshot.files}
    names.update(manifest.file.manifest_path.removeprefix("affidavit://") for manifest in snapshot.manifests)
    names.add(snapshot.location.removeprefix("affidavit://"))
    return [name for name in store.names("lake/") if name in names]


def test_a_flipped_bit_is_found(open_lake: Callable[..., Lake], records: Any, store: LocalStore) -> None:
    """In header or payload of any file: VerificationError that names it, never a wrong answer."""
    writer = open_lake()
    writer.append(records.segment(0, 40))
    writer.append(records.segment(40, 40))
    names = current(writer, store)
    assert len(names) >= 4
    for name in names:
        good = store.read(name)
        for at in (30, len(good) // 2, len(good) - 1):
            store.put(name, good[:at] + bytes([good[at] ^ 4]) + good[at + 1 :])
            for number in range(len(questions(writer))):
                with pytest.raises(VerificationError, match=name) as caught:
                    questions(open_lake())[number]()
                assert caught.value.code == "lake-file-altered"
        store.put(name, good)
    assert open_lake().snapshot().rows == 80


def test_a_missing_file_is_named(open_lake: Callable[..., Lake], records: Any, store: LocalStore) -> None:
    """StorageError with the file's name, by whose code whoever reads looks for what has replaced it."""
    writer = open_lake()
    writer.append(records.segment(0, 40))
    for name in current(writer, store):
        good = store.read(name)
        store.delete(name)
        for question in questions(open_lake())[:-1]:
            with pytest.raises(StorageError, match=name) as caught:
                question()
            assert caught.value.code == MISSING
        store.put(name, good)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"age-encryption.org/v1\n", b"{}" * 40])
def test_garbage_is_refused(
    open_lake: Callable[..., Lake], records: Any, store: LocalStore, content: bytes
) -> None:
    """Whatever lies in a file's place, only this project's errors come out."""
    writer = open_lake()
    writer.append(records.segment(0, 10))
    for name in current(writer, store):
        good = store.read(name)
        store.put(name, content)
        for question in questions(open_lake()):
            with pytest.raises(AffidavitError):
                question()
        store.put(name, good)
