"""Every ObjectStore keeps the promises of storage/interfaces.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affidavit.core.errors import NotFoundError, UsageError
from affidavit.storage.local import LocalStore
from affidavit.storage.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from affidavit.storage.interfaces import ObjectStore

BAD_NAMES = ["", "/", "/a", "a/", "a//b", ".", "..", "a/../b", "a/..", ".tmp-x", "a/.hidden", "a\0b", "a\nb"]
BAD_NAMES += ["\ud800", "x" * 256, "/".join(["a" * 100] * 11)]


@pytest.fixture(params=["local", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    """One of each kind."""
    makers: dict[str, Callable[[], ObjectStore]] = {
        "local": lambda: LocalStore(tmp_path / "objects"),
        "memory": MemoryStore,
    }
    return makers[request.param]()


def test_what_was_put_is_read(store: ObjectStore) -> None:
    """The bytes come back as they were, the empty ones too."""
    store.put("log/tile/0/000", b"tile")
    store.put("empty", b"")
    assert (store.read("log/tile/0/000"), store.size("log/tile/0/000")) == (b"tile", 4)
    assert (store.read("empty"), store.size("empty")) == (b"", 0)


def test_put_replaces(store: ObjectStore) -> None:
    """A second put of a name replaces the whole object."""
    store.put("checkpoint", b"a long first version")
    store.put("checkpoint", b"short")
    assert store.read("checkpoint") == b"short"


def test_many_at_once(store: ObjectStore) -> None:
    """A batch of any number of items, from an iterator, is all there; the last of a doubled name wins."""
    items = [(f"tile/{at % 7}/{at:03}", bytes([at]) * 8192) for at in range(150)]
    store.put_many(iter(items))
    assert sorted(items) == [(name, store.read(name)) for name in store.names("tile/")]
    store.put_many([("twice", b"1"), ("twice", b"2")])
    assert store.read("twice") == b"2"
    store.put_many([])


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, None, b"0123456789"),
        (3, None, b"3456789"),
        (3, 5, b"34"),
        (0, 0, b""),
        (8, 99, b"89"),
        (99, None, b""),
        (99, 120, b""),
    ],
)
def test_ranges(store: ObjectStore, start: int, end: int | None, expected: bytes) -> None:
    """A range is cut like a slice: beyond the end there is nothing, and that is no error."""
    store.put("digits", b"0123456789")
    assert store.read("digits", start=start, end=end) == expected


@pytest.mark.parametrize(("start", "end"), [(-1, None), (5, 4), (0, -1)])
def test_impossible_ranges_are_refused(store: ObjectStore, start: int, end: int | None) -> None:
    """A negative or backward range is the caller's mistake, never a guess."""
    store.put("digits", b"0123456789")
    with pytest.raises(UsageError):
        store.read("digits", start=start, end=end)


def test_absent_objects(store: ObjectStore) -> None:
    """What is not there is NotFoundError with its name, and so is a folder."""
    store.put("folder/object", b"x")
    for name in ("absent", "folder", "folder/object/below"):
        with pytest.raises(NotFoundError, match=name):
            store.read(name)
        with pytest.raises(NotFoundError, match=name):
            store.size(name)


def test_delete_is_idempotent(store: ObjectStore) -> None:
    """Deleting removes exactly the named object; deleting again is no error."""
    store.put_many([("a/one", b"1"), ("a/two", b"2")])
    for _ in range(2):
        store.delete("a/one")
        assert list(store.names()) == ["a/two"]
    store.delete("never/was")


def test_names_are_ordered_and_filtered(store: ObjectStore) -> None:
    """A prefix is a prefix of the text, not of parts; the order is that of the whole names."""
    held = ["a.b", "a/b", "a/b.c/d", "a/b/c", "a0", "ab/c", "b", "é"]
    held = [name for name in held if name != "a/b"]
    store.put_many((name, b"") for name in reversed(held))
    assert list(store.names()) == sorted(held)
    for prefix in ("a", "a/", "a/b", "a/b/", "a/b/c", "ab", "é", "z", "z/y"):
        assert list(store.names(prefix)) == sorted(n for n in held if n.startswith(prefix)), prefix


@pytest.mark.parametrize("name", BAD_NAMES)
def test_names_that_lead_elsewhere_are_refused(store: ObjectStore, name: str) -> None:
    """No name reaches outside the store, or a hidden file."""
    for act in (store.read, store.size, store.delete):
        with pytest.raises(UsageError) as caught:
            act(name)
        assert caught.value.code == "object-name"
    with pytest.raises(UsageError):
        store.put_many([("fine", b""), (name, b"")])


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["put", "delete"]),
            st.sampled_from(["a", "b", "c/d", "c/e", "c.d", "f/g/h"]),
            st.binary(max_size=20),
        ),
        max_size=12,
    )
)
def test_any_history_equals_a_dictionary(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, bytes]]
) -> None:
    """Whatever was put and deleted, the stores hold what a dictionary would."""
    stores: list[ObjectStore] = [LocalStore(tmp_path_factory.mktemp("any")), MemoryStore()]
    model: dict[str, bytes] = {}
    for verb, name, data in steps:
        if verb == "put":
            model[name] = data
        else:
            model.pop(name, None)
        for store in stores:
            if verb == "put":
                store.put(name, data)
            else:
                store.delete(name)
    for store in stores:
        assert {name: store.read(name) for name in store.names()} == model
        assert list(store.names()) == sorted(model)
