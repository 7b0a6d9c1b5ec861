"""Objects that many events share are encoded once."""

from __future__ import annotations

from typing import Generic, TypeVar, cast

import msgspec

T = TypeVar("T")

_encode = msgspec.json.Encoder().encode


class Shared(msgspec.Struct, Generic[T], frozen=True, gc=False):
    """An object, and the same as it is encoded."""

    value: T
    """To be read, never to be changed."""
    encoded: T
    """To stand in an event in the place of `value`: its bytes, which are copied and cannot be read."""


def shared(value: T) -> Shared[T]:
    """`value` with what it is encoded to; a large one costs many times as much to encode as to copy."""
    return Shared(value, encoded(value))


def encoded(value: T) -> T:
    """What `value` is encoded to, in its place."""
    return cast("T", msgspec.Raw(_encode(value)))
