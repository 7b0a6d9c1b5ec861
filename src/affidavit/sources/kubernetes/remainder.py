"""Taking texts out of a decoded event; what is not taken remains, at its path, as `unmapped`."""

from __future__ import annotations

from typing import Any

Document = dict[str, Any]
"""A decoded JSON object."""


def take(document: Document, name: str) -> str | None:
    """Pop the text `name`; None, leaving it where it is, when it is absent, empty or no text."""
    value = document.get(name)
    if value.__class__ is str and value:
        del document[name]
        return value
    return None


def opened(event: Document, name: str) -> Document | None:
    """The object `name`, left in place; None when it is no object. An empty one or null is removed."""
    value = event.get(name)
    if value.__class__ is dict:
        if value:
            return value
        del event[name]
    elif value is None:
        event.pop(name, None)
    return None


def only_text(document: Document, name: str) -> str | None:
    """Pop the one text of the list `name`, such as `["AKIA…"]`; None where it is no such list."""
    value = document.get(name)
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str) and value[0]:
        del document[name]
        return value[0]
    return None
