"""Events divided many at a time: the library and the reference give the parts that dividing each alone gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from affidavit.core.errors import RecordError
from affidavit.formats.ocsf.classes_application import ApiActivity
from affidavit.formats.ocsf.classes_iam import Authentication
from affidavit.formats.ocsf.event import MARKS, RARE
from affidavit.formats.ocsf.objects import Actor, Api, Metadata, NetworkEndpoint, Product, User
from affidavit.formats.record.division import Undivided, divide
from affidavit.formats.record.parts import join_parts, split
from affidavit.native.division import Divider

if TYPE_CHECKING:
    from affidavit.formats.ocsf.event import Event

METADATA = Metadata(product=Product(vendor_name="Okta", name="System Log"), version="1.8.0")
TEXT = st.text(max_size=8) | st.sampled_from([RARE, *MARKS, f'"{MARKS[0]}":0', "x" * 5_000, "é\n"])


@st.composite
def events(draw: st.DrawFn) -> Event:
    """Events of two classes with and without attributes of each part."""
    shared: dict[str, Any] = {
        "metadata": METADATA,
        "severity_id": 1,
        "time": draw(st.integers(0, 2**53)),
        "activity_id": draw(st.sampled_from([0, 1, 99])),
        "message": draw(st.none() | TEXT),
        "unmapped": draw(st.none() | st.dictionaries(TEXT, TEXT, max_size=2)),
    }
    name = draw(TEXT)
    if draw(st.booleans()):
        actor = draw(st.none() | st.just(Actor(user=User(name=name))))
        return Authentication(user=User(uid=draw(TEXT)), actor=actor, **shared)
    return ApiActivity(
        actor=Actor(user=User(name=name)), api=Api(operation="Get"), src_endpoint=NetworkEndpoint(), **shared
    )


def plain(*, name: str) -> Event:
    """A sign-in of somebody of that name, without an actor."""
    return Authentication(activity_id=1, metadata=METADATA, severity_id=1, time=1, user=User(name=name))


@given(st.lists(st.lists(st.tuples(events(), st.binary(max_size=60)), max_size=12), max_size=3))
@example(
    [[(plain(name="a"), b"1"), (plain(name=RARE), b"2\n"), (plain(name="b"), b"")], [(plain(name="c"), b"4")]]
)
def test_the_library_and_the_reference_divide_as_one_alone_is_divided(
    groups: list[list[tuple[Event, bytes]]],
) -> None:
    """Whatever the attributes hold, marks of the same name too: record by record what `split` makes of it."""
    divider = Divider()
    parts, by_reference, whole = bytearray(), bytearray(), bytearray()
    for group in groups:
        undivided = Undivided(bytearray())
        for event, raw in group:
            undivided.add(event, raw)
        meant = [join_parts(split(event, raw)) for event, raw in group]
        whole += b"".join(meant)
        assert divide(undivided, by_reference) == list(map(len, meant))
        assert divider.divide(undivided, parts) == list(map(len, meant))
    assert parts == by_reference == whole


def test_an_event_that_is_refused_leaves_nothing_behind() -> None:
    """One that is not compact JSON, or cannot be encoded, costs itself and no other its place."""
    undivided = Undivided(bytearray())
    for unmapped in ({"x": msgspec.Raw(b"[\n1]")}, {"x": object()}):
        undivided.add(plain(name="before"), b"before")
        event = plain(name="refused")
        event.unmapped = unmapped  # type: ignore[attr-defined]
        with pytest.raises((RecordError, TypeError)):
            undivided.add(event, b"refused")
    parts = bytearray()
    assert len(Divider().divide(undivided, parts)) == 2
    assert bytes(parts) == join_parts(split(plain(name="before"), b"before")) * 2
