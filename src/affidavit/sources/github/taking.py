"""Taking members out of a raw event: what is taken is mapped, what stays becomes `unmapped`.

A member of an odd type is left where it is, so nothing is lost and nothing malformed is emitted.
"""

from __future__ import annotations

from typing import Any

Raw = dict[str, Any]


def text(event: Raw, name: str) -> str | None:
    """Take a text; an empty one is taken and says nothing."""
    value = event.get(name)
    if type(value) is str:
        del event[name]
        return value or None
    return None


def ident(event: Raw, name: str) -> str | None:
    """Take an identifier, which GitHub writes as a number or as a text."""
    value = event.get(name)
    if type(value) is int:
        del event[name]
        return str(value)
    return text(event, name)


def whole(event: Raw, name: str) -> int | None:
    """Take a number without a fraction."""
    value = event.get(name)
    if type(value) is int:
        del event[name]
        return value
    return None


def same(event: Raw, name: str, value: str | None) -> None:
    """Take a member that only repeats `value`."""
    if value is not None and name in event and type(event[name]) in (str, int) and str(event[name]) == value:
        del event[name]


def first(event: Raw, *names: str) -> str | None:
    """Take the first of these members that is there; another that only repeats it is taken too."""
    found: str | None = None
    for name in names:
        if name in event:
            if found is None:
                found = ident(event, name)
            else:
                same(event, name, found)
    return found


def inner(event: Raw, *path: str) -> str | None:
    """Take an identifier from nested objects; those left empty go too."""
    *outer, name = path
    objects = [event]
    for step in outer:
        value = objects[-1].get(step)
        if not isinstance(value, dict):
            return None
        objects.append(value)
    found = ident(objects[-1], name)
    for depth in range(len(outer), 0, -1):
        if not objects[depth]:
            del objects[depth - 1][outer[depth - 1]]
    return found
