"""An event becomes parts and comes back; each attribute goes where docs/spec/record.md has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit.core.errors import RecordError
from affidavit.formats.ocsf import classes_application, classes_iam
from affidavit.formats.ocsf.event import MARKS
from affidavit.formats.ocsf.objects import (
    Actor,
    Api,
    Metadata,
    NetworkEndpoint,
    Product,
    ResourceDetails,
    User,
)
from affidavit.formats.record import attributes
from affidavit.formats.record.parts import NAMES, Parts, join_parts, merge, split
from affidavit.formats.record.sealed import PART_ORDER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from affidavit.formats.ocsf.event import Event

TEXT = st.text(max_size=20)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
METADATA = Metadata(product=Product(vendor_name="Okta", name="System Log"), version="1.8.0")


@st.composite
def events(draw: st.DrawFn) -> classes_iam.Authentication:
    """Sign-ins with any mixture of attributes of all parts."""
    return classes_iam.Authentication(
        activity_id=draw(st.sampled_from([0, 1, 2, 99])),
        metadata=METADATA,
        severity_id=draw(st.integers(0, 6)),
        time=draw(st.integers(0, 2**53)),
        status_id=draw(st.none() | st.sampled_from([1, 2])),
        user=User(uid=draw(TEXT), name=draw(st.none() | TEXT)),
        actor=draw(st.none() | st.builds(lambda name: Actor(user=User(name=name)), TEXT)),
        src_endpoint=draw(st.none() | st.builds(lambda ip: NetworkEndpoint(ip=ip), TEXT)),
        message=draw(st.none() | TEXT),
        unmapped=draw(st.none() | st.dictionaries(TEXT, JSON, max_size=3)),
    )


def _decoded(merged: Mapping[str, msgspec.Raw]) -> dict[str, Any]:
    return {name: msgspec.json.decode(value) for name, value in merged.items()}


def _builtins(event: Event) -> dict[str, Any]:
    built: dict[str, Any] = msgspec.to_builtins(event)
    return {name: value for name, value in built.items() if name not in MARKS}


@given(events(), st.binary(max_size=50))
def test_the_parts_merge_into_the_event(event: classes_iam.Authentication, raw: bytes) -> None:
    """Nothing is added but what follows from class and activity, and nothing is lost."""
    parts = split(event, raw)
    merged = _decoded(merge(parts))
    added = {name: merged.pop(name) for name in merged.keys() - _builtins(event).keys()}
    assert merged == _builtins(event)
    assert added == {
        "category_name": "Identity & Access Management",
        "category_uid": 3,
        "class_name": "Authentication",
        "class_uid": 3002,
        "type_uid": 300200 + event.activity_id,
        "activity_name": event.ACTIVITIES[event.activity_id],
    }
    assert parts.raw == raw


@given(events(), st.binary(max_size=50))
def test_the_stored_form_has_the_same_parts(event: classes_iam.Authentication, raw: bytes) -> None:
    """What is stored in one value is what the parts are, each in its place."""
    parts = split(event, raw)
    assert join_parts(parts).split(b"\n", 4) == [getattr(parts, name) for name in PART_ORDER]


def test_the_rare_character_may_stand_in_an_event() -> None:
    """A vendor's text that holds what marks begin with is cut no differently."""
    event = classes_iam.Authentication(
        activity_id=1, severity_id=1, time=1, metadata=METADATA, user=User(uid="\x7factor-", name="\x7f")
    )
    event.message = "\x7f\x7f\x7f"
    plain = classes_iam.Authentication(
        activity_id=1, severity_id=1, time=1, metadata=METADATA, user=User(uid="u", name="n")
    )
    assert split(event, b"r").target == b'{"user":{"name":"\x7f","uid":"\x7factor-"}}'
    assert split(event, b"r").detail == b'{"message":"\x7f\x7f\x7f"}'
    assert split(event, b"r").facts == split(plain, b"r").facts


def test_a_line_feed_that_a_mapping_took_over_is_refused() -> None:
    """Stored parts are divided by line feeds: one within a part would move what follows into another."""
    event = classes_iam.Authentication(
        activity_id=1, severity_id=1, time=1, metadata=METADATA, user=User(uid="u")
    )
    event.unmapped = {"x": msgspec.Raw(b'{\n"a":1}')}
    with pytest.raises(RecordError, match="line feed"):
        split(event, b"")
    for name in PART_ORDER[:-1]:
        with pytest.raises(RecordError, match="line feed"):
            join_parts(Parts(b"", b"", b"{}", b"\n", b"")._replace(**{name: b"{\n}"}))


@given(events())
def test_every_attribute_is_in_its_part(event: classes_iam.Authentication) -> None:
    """Facts hold the allow-list and nothing personal; what no table names is in `detail`."""
    parts = split(event, b"")
    held = {name: set(msgspec.json.decode(getattr(parts, name) or b"{}")) for name in NAMES if name != "raw"}
    assert held["facts"] <= attributes.FACTS
    assert held["actor"] <= attributes.ACTOR
    assert held["target"] <= attributes.TARGET
    assert not held["detail"] & (attributes.FACTS | attributes.ACTOR | attributes.TARGET)
    assert b"\n" not in parts.facts


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("actor", "actor"),
        ("src_endpoint", "actor"),
        ("session", "actor"),
        ("http_request", "actor"),
        ("user", "target"),
        ("group", "target"),
        ("resources", "target"),
        ("privileges", "target"),
        ("dst_endpoint", "target"),
        ("service", "target"),
        ("time", "facts"),
        ("metadata", "facts"),
        ("status_id", "facts"),
        ("api", "facts"),
        ("message", "detail"),
        ("unmapped", "detail"),
        ("enrichments", "detail"),
        ("raw_data", "detail"),
        ("observables", "detail"),
        ("status_detail", "detail"),
    ],
)
def test_which_attribute_goes_where(name: str, part: str) -> None:
    """The attributes that matter most stand where an erasure expects them, in every class that has them."""
    tables = {"actor": attributes.ACTOR, "facts": attributes.FACTS, "target": attributes.TARGET}
    owners = [owner for owner, names in tables.items() if name in names] or ["detail"]
    assert owners == [part]


def test_the_tables_do_not_overlap() -> None:
    """Each attribute belongs to exactly one part."""
    tables = [attributes.FACTS, attributes.ACTOR, attributes.TARGET]
    assert len(frozenset().union(*tables)) == sum(map(len, tables))


def test_an_absent_part_is_empty() -> None:
    """An event without attributes of a part has none of it: empty bytes, not `{}`."""
    event = classes_iam.Authentication(
        activity_id=1, metadata=METADATA, severity_id=1, time=5, user=User(uid="u")
    )
    parts = split(event, b"raw")
    assert (parts.actor, parts.detail) == (b"", b"")
    assert parts.target == b'{"user":{"uid":"u"}}'


BROKEN = {
    "not-json": (b"{", "not a JSON object"),
    "an-array": (b"[]", "not a JSON object"),
    "not-utf-8": (b'{"\xff":1}', "not a JSON object"),
    "repeats-an-attribute": (b'{"time":6}', "repeats time"),
    "deep": (b'{"a":' * 5000 + b"1" + b"}" * 5000, "not a JSON object"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_garbage_in_a_part_is_a_record_error(case: str) -> None:
    """Whatever stands where a part should be, only this project's error comes out."""
    data, said = BROKEN[case]
    with pytest.raises(RecordError, match=said):
        merge(Parts(actor=data, detail=b"", facts=b'{"time":5}', raw=b"", target=b""))


@given(st.binary(max_size=40))
def test_any_bytes_merge_or_are_refused(data: bytes) -> None:
    """Nothing foreign escapes."""
    try:
        merge(Parts(actor=b"", detail=data, facts=b"", raw=b"", target=b""))
    except RecordError:
        return


def test_resources_stay_whole() -> None:
    """A list of what was acted on is one attribute of the target."""
    event = classes_application.ApiActivity(
        activity_id=1,
        metadata=METADATA,
        severity_id=1,
        time=1,
        actor=Actor(user=User(name="a")),
        api=Api(operation="Get"),
        src_endpoint=NetworkEndpoint(ip="192.0.2.1"),
        resources=[ResourceDetails(uid="b1"), ResourceDetails(uid="b2")],
    )
    target = msgspec.json.decode(split(event, b"").target)
    assert target == {"resources": [{"uid": "b1"}, {"uid": "b2"}]}
