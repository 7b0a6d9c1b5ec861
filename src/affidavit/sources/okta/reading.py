"""Reading bytes into the typed shape, whatever they hold; what does not fit is set aside, not lost.

The usual event decodes in one pass. One that has unknown members or odd types (a newer API, a trimmed or
lower-cased export, garbage) is decoded as JSON first; the members that fit are typed, the rest are handed
back at their own paths for `unmapped`.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import msgspec

from affidavit.core.errors import EventError
from affidavit.sources.okta.event import LogEvent, Scalar, Shape
from affidavit.sources.values import json_object

Rest = dict[str, Any]
_Reader = Callable[[Any], tuple[Any, Any]]
S = TypeVar("S", bound=Shape)

_decode = msgspec.json.Decoder(LogEvent).decode
_encode = msgspec.json.Encoder().encode


class Misfit(NamedTuple):
    """What the shape could not take of one event."""

    rest: Rest
    names: dict[str, str]
    """The event's own name of a member that it writes otherwise, such as `debugcontext`, by the usual one."""


def read(raw: bytes) -> tuple[LogEvent, Misfit | None]:
    """The event in `raw`, and what does not fit the shape; EventError where it is no JSON object."""
    try:
        return _decode(raw), None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # ValidationError among them
        value = json_object(raw)
    event, rest = fit(value, LogEvent)
    names = {usual: name for name in value if (usual := _usual(name)) is not None and usual != name}
    return event, Misfit(rest, names)


def _usual(name: str) -> str | None:
    """How Okta writes the member that an export calls `name`."""
    return _USUAL.get(name.lower())


_USUAL = {field.encode_name.lower(): field.encode_name for field in msgspec.structs.fields(LogEvent)}


def part(raw: bytes, shape: type[S]) -> tuple[S, Any]:
    """A member that was left undecoded, and what of it does not fit; EventError where it is no JSON."""
    try:
        value = msgspec.json.decode(raw, type=shape | None)
    except msgspec.ValidationError:
        return _fit_or_set_aside(json_object(b'{"_":%b}' % raw)["_"], shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise EventError(f"not JSON: {error}", code="not-json") from error
    return value or shape(), None


def fit(value: dict[str, Any], shape: type[S]) -> tuple[S, Rest]:
    """`value` as `shape`, names compared without case, and the members that do not fit."""
    readers = _readers(shape)
    members: dict[str, Any] = {}
    rest: Rest = {}
    for name, item in value.items():
        attribute, reader = readers.get(name) or readers.get(name.lower()) or (None, None)
        if item is None:
            continue
        if attribute is None or reader is None or attribute in members:
            rest[name] = item
            continue
        member, remainder = reader(item)
        if member is not None:
            members[attribute] = member
        if remainder is not None:
            rest[name] = remainder
    return shape(**members), rest


def _fit_or_set_aside(value: Any, shape: type[S]) -> tuple[S, Any]:
    """An object fitted; anything else set aside whole."""
    if not isinstance(value, dict):
        return shape(), value
    fitted, rest = fit(value, shape)
    return fitted, rest or None


_known: dict[type[Shape], dict[str, tuple[str, _Reader]]] = {}


def _readers(shape: type[Shape]) -> dict[str, tuple[str, _Reader]]:
    """How each member of `shape` is read, by its JSON name and by that name in lower case."""
    if shape not in _known:
        hints = typing.get_type_hints(shape)
        table: dict[str, tuple[str, _Reader]] = {}
        for field in msgspec.structs.fields(shape):
            table[field.encode_name] = table[field.encode_name.lower()] = (
                field.name,
                _reader(hints[field.name]),
            )
        _known[shape] = table
    return _known[shape]


def _reader(hint: Any) -> _Reader:
    """How a value of a member of that type is read: (value or None, remainder or None)."""
    if hint is msgspec.Raw:
        return lambda value: (msgspec.Raw(_encode(value)), None)
    options = [option for option in typing.get_args(hint) if option is not types.NoneType]
    first = options[0]
    if isinstance(first, type) and issubclass(first, Shape):
        return lambda value: _fit_or_set_aside(value, first)
    if typing.get_origin(first) is list:
        item = typing.get_args(first)[0]
        return lambda value: _items(value, item)
    if typing.get_origin(first) is dict:
        scalar = str if typing.get_args(first)[1] == str | None else Scalar
        return lambda value: _flat(value, scalar)
    wanted = tuple(options)
    return lambda value: (value, None) if type(value) in wanted else (None, value)


def _items(value: Any, shape: type[Shape]) -> tuple[list[Any] | None, Any]:
    """A list of objects, each fitted; what does not fit follows as a list of remainders."""
    if not isinstance(value, list):
        return None, value
    fitted: list[Any] = []
    rest: list[Any] = []
    for item in value:
        one, remainder = _fit_or_set_aside(item, shape)
        if isinstance(item, dict):
            fitted.append(one)
        if remainder is not None:
            rest.append(remainder)
    return fitted or None, rest or None


def _flat(value: Any, scalar: Any) -> tuple[dict[str, Any] | None, Any]:
    """An object of scalars; the members that are none follow as the remainder."""
    if not isinstance(value, dict):
        return None, value
    taken = {name: item for name, item in value.items() if isinstance(item, scalar) and item is not None}
    rest = {name: item for name, item in value.items() if name not in taken and item is not None}
    return taken or None, rest or None
