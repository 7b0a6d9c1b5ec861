"""What a mapping did not take, kept at its original path.

A mapping pops the values that it reads from the decoded event; the event that remains is `unmapped`. A value
that turns out to be of another type than CloudTrail documents is put back, and so is an empty string.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

Document = dict[str, Any]
"""A decoded JSON object."""
Path = tuple[str, ...]
"""Names from the event down to one value."""


def restore(document: Document, path: Path, value: object) -> None:
    """Put `value` back at `path`, making the objects on the way that were consumed whole."""
    for name in path[:-1]:
        inner = document.get(name)
        if not isinstance(inner, dict):
            inner = document[name] = {}
        document = inner
    document[path[-1]] = value


def only_texts(document: Document, paths: Iterable[Path], values: Iterable[object]) -> tuple[str | None, ...]:
    """`values`, None in place of what is no text or empty; that goes back to its path in `document`."""
    kept: list[str | None] = []
    for path, value in zip(paths, values, strict=True):
        if isinstance(value, str) and value:
            kept.append(value)
        else:
            kept.append(None)
            if value is not None:
                restore(document, path, value)
    return tuple(kept)


def text(value: object) -> str | None:
    """`value` as it is, for those who count on a text or nothing; TypeError for anything else, or ""."""
    if value is None or (isinstance(value, str) and value):
        return value
    raise TypeError


def take(document: Document | None, name: str) -> str | None:
    """Pop the text `name`; None, leaving it where it is, when it is absent, empty or no text."""
    if document is None:
        return None
    value = document.get(name)
    if isinstance(value, str) and value:
        del document[name]
        return value
    return None


def inner(document: Document | None, name: str) -> Document | None:
    """The object `name` of `document`, left in place; None when it is no object."""
    value = None if document is None else document.get(name)
    return value if isinstance(value, dict) else None


def drop_empty(document: Document, *path: str) -> None:
    """Remove the object at `path`, and those around it, where nothing is left in it; null is nothing too."""
    if not path:
        return
    name = path[0]
    value = document.get(name)
    if isinstance(value, dict):
        drop_empty(value, *path[1:])
    if value is None or value in ({}, []):
        document.pop(name, None)
