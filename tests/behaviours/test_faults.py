"""The simulators fail as storage does, so that what is tested against them holds on a real disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.simulators.faulty import Faults, FaultyJournals, FaultyStore
from tests.simulators.power_cut import PowerCutJournals

from affidavit.core.errors import StorageError, StorageFullError
from affidavit.storage.memory import MemoryJournals, MemoryStore

if TYPE_CHECKING:
    from random import Random

    from affidavit.storage.interfaces import ObjectStore

ITEMS = [("a", b"1"), ("b", b"22"), ("c", b"333")]


def _held(store: ObjectStore) -> list[tuple[str, bytes]]:
    return [(name, store.read(name)) for name in store.names()]


@pytest.mark.parametrize(("persisted", "kept"), [(False, 1), (True, 2)])
def test_a_fault_in_a_batch_leaves_a_part_that_can_be_put_again(*, persisted: bool, kept: int) -> None:
    """A fault before or after its effect leaves whole items; the same batch again completes it."""
    faults = Faults()
    store = FaultyStore(MemoryStore(), faults)
    faults.fail(at=1, persisted=persisted)
    with pytest.raises(StorageError, match="cannot write b"):
        store.put_many(ITEMS)
    assert _held(store) == ITEMS[:kept]
    store.put_many(ITEMS)
    assert _held(store) == ITEMS


def test_a_lasting_fault_ends_when_healed() -> None:
    """Every write fails until the store is healed; reads go on."""
    faults = Faults()
    store = FaultyStore(MemoryStore(), faults)
    store.put_many(ITEMS)
    faults.fail(at=0, persisted=False, lasting=True)
    for _ in range(3):
        with pytest.raises(StorageError):
            store.put("d", b"")
        with pytest.raises(StorageError):
            store.delete("a")
    assert _held(store) == ITEMS
    assert store.size("c") == 3
    faults.heal()
    store.delete("a")
    assert _held(store) == ITEMS[1:]


def test_a_full_volume_takes_what_fits() -> None:
    """Beyond the limit writes are StorageFullError; deleting and smaller writes still work."""
    faults = Faults()
    store = FaultyStore(MemoryStore(), faults)
    faults.fill(after_bytes=4)
    with pytest.raises(StorageFullError):
        store.put_many(ITEMS)
    assert _held(store) == ITEMS[:2]
    store.delete("b")
    store.put("d", b"4")
    journals = FaultyJournals(MemoryJournals(), faults)
    file = journals.open("segment")
    with pytest.raises(StorageFullError):
        file.append(b"5")
    assert file.size_bytes == journals.size("segment") == 0
    faults.heal()
    assert file.append(b"5") == 1


@pytest.mark.parametrize("persisted", [False, True])
def test_a_failed_append_is_taken_back_and_a_failed_sync_is_final(*, persisted: bool) -> None:
    """As in a local journal: appends are whole or not there, and no append follows a failed sync."""
    faults = Faults()
    journals = FaultyJournals(MemoryJournals(), faults)
    file = journals.open("segment")
    file.append(b"one")
    faults.fail(at=0, persisted=persisted)
    with pytest.raises(StorageError):
        file.append(b"two")
    assert journals.read("segment") == b"one"
    assert file.append(b"three") == 8
    faults.fail(at=0, persisted=persisted)
    with pytest.raises(StorageError):
        file.sync()
    with pytest.raises(StorageError, match="takes no more"):
        file.append(b"four")
    file.close()
    assert journals.open("segment").append(b"!") == 9
    assert list(journals.names()) == ["segment"]
    journals.delete("segment")
    assert list(journals.names()) == []


@given(
    random=st.randoms(use_true_random=False),
    steps=st.lists(st.one_of(st.binary(min_size=1, max_size=9), st.none()), max_size=20),
)
def test_a_power_cut_takes_only_what_was_not_synced(random: Random, steps: list[bytes | None]) -> None:
    """After a cut a journal is a beginning of what was written, at least as long as what was synced."""
    journals = PowerCutJournals(MemoryJournals())
    file = journals.open("segment")
    written, synced = b"", 0
    for step in steps:
        if step is None:
            synced = file.sync()
        else:
            written += step
            file.append(step)
    journals.cut(random)
    left = journals.read("segment")
    assert written.startswith(left)
    assert len(left) >= synced
    with pytest.raises(StorageError, match="the power failed"):
        file.append(b"x")
    again = journals.open("segment")
    again.truncate(synced)
    again.append(b"next")
    again.sync()
    journals.cut(random)
    assert journals.read("segment") == written[:synced] + b"next"
