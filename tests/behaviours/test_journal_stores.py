"""Every JournalStore keeps the promises of storage/interfaces.py."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from tests.simulators.power_cut import PowerCutJournals

from affidavit.core.errors import NotFoundError, StorageError, UsageError
from affidavit.storage.local_journal import LocalJournals
from affidavit.storage.memory import MemoryJournals

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from affidavit.storage.interfaces import JournalStore


@pytest.fixture(params=["local", "memory", "power_cut"])
def journals(request: pytest.FixtureRequest, tmp_path: Path) -> JournalStore:
    """One of each kind."""
    makers: dict[str, Callable[[], JournalStore]] = {
        "local": lambda: LocalJournals(tmp_path / "spool"),
        "memory": MemoryJournals,
        "power_cut": lambda: PowerCutJournals(MemoryJournals()),
    }
    return makers[request.param]()


def test_appends_follow_one_another(journals: JournalStore) -> None:
    """Each append returns the end of its bytes, which are read at once."""
    file = journals.open("default/00000001")
    assert file.size_bytes == 0
    assert file.append(b"one") == 3
    assert file.append(b"") == 3
    assert file.append(b"three") == 8
    assert file.sync() == file.size_bytes == 8
    assert journals.read("default/00000001") == b"onethree"
    assert journals.read("default/00000001", start=3, end=5) == b"th"
    file.close()


def test_opening_again_goes_on_at_the_end(journals: JournalStore) -> None:
    """A journal that was closed grows on from where it ended."""
    with_two = journals.open("segment")
    with_two.append(b"1")
    with_two.sync()
    with_two.close()
    again = journals.open("segment")
    assert again.size_bytes == 1
    assert again.append(b"2") == 2
    again.close()
    assert journals.read("segment") == b"12"


def test_a_torn_tail_is_cut(journals: JournalStore) -> None:
    """After a truncation the next append follows what was kept; nothing is lengthened by it."""
    file = journals.open("segment")
    file.append(b"whole|to")
    file.truncate(6)
    assert file.size_bytes == 6
    file.append(b"next|")
    assert journals.read("segment") == b"whole|next|"
    for size_bytes in (-1, 12):
        with pytest.raises(UsageError):
            file.truncate(size_bytes)
    assert journals.size("segment") == 11
    file.close()


def test_an_open_journal_exists(journals: JournalStore) -> None:
    """Opening creates; listing gives every journal in order with its size; deleting is idempotent."""
    for name in ("t/2", "t/1", "u/1"):
        file = journals.open(name)
        file.append(name.encode())
        file.close()
    assert [(name, journals.size(name)) for name in journals.names("t/")] == [("t/1", 3), ("t/2", 3)]
    for _ in range(2):
        journals.delete("t/1")
        assert list(journals.names()) == ["t/2", "u/1"]
    with pytest.raises(NotFoundError, match="t/1"):
        journals.read("t/1")
    with pytest.raises(NotFoundError, match="t/1"):
        journals.size("t/1")


def test_a_renamed_journal_is_under_its_new_name_only(journals: JournalStore) -> None:
    """A rename moves the journal whole; the old name is gone."""
    file = journals.open("staged")
    file.append(b"all of it")
    file.sync()
    file.close()
    journals.rename("staged", "t/7")
    assert list(journals.names()) == ["t/7"]
    assert journals.read("t/7") == b"all of it"
    with pytest.raises(NotFoundError):
        journals.rename("staged", "t/8")


def test_a_closed_file_takes_nothing(journals: JournalStore) -> None:
    """After close every call is refused with this project's error; closing again is fine."""
    file = journals.open("segment")
    file.close()
    file.close()
    with pytest.raises(StorageError, match="segment is closed"):
        file.append(b"x")
    with pytest.raises(StorageError, match="segment is closed"):
        file.sync()


@pytest.mark.parametrize("name", ["", "../x", "/x", "a//b", ".x"])
def test_names_that_lead_elsewhere_are_refused(journals: JournalStore, name: str) -> None:
    """No name reaches outside the store."""
    with pytest.raises(UsageError):
        journals.open(name)
    with pytest.raises(UsageError):
        journals.read(name)


def test_threads_may_append_while_another_syncs(journals: JournalStore) -> None:
    """Appends of several threads are whole and none is lost while a sync runs beside them."""
    file = journals.open("segment")

    def write(letter: bytes) -> None:
        for _ in range(200):
            file.append(letter * 7)

    threads = [threading.Thread(target=write, args=(letter,)) for letter in (b"a", b"b", b"c")]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert file.sync() % 7 == 0
    data = journals.read("segment")
    assert file.sync() == len(data) == 3 * 200 * 7
    assert {data[at : at + 7] for at in range(0, len(data), 7)} == {b"aaaaaaa", b"bbbbbbb", b"ccccccc"}
    file.close()
