"""Raw = mapped + unmapped: which scalar leaves of an original a mapped event has lost.

Paths are written `client.userAgent.browser`; elements of a list share one path, `target[].id`, because a
remainder may leave out the elements that were consumed whole. JSON null and the empty string say nothing and
are not accounted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

Scalar = str | int | float | bool | None


def leaves(value: object, path: str = "") -> Iterator[tuple[str, Scalar]]:
    """Each scalar of a JSON value with its path."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from leaves(item, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item, f"{path}[]")
    elif value is None or isinstance(value, str | int | float):
        yield path, value
    else:
        raise TypeError(f"{path}: {type(value).__name__} is not JSON")


def unaccounted(
    raw: dict[str, Any], event: dict[str, Any], unmapped: dict[str, Any] | None, transformed: AbstractSet[str]
) -> list[str]:
    """The paths of `raw` that were lost: not in `unmapped` at that path, no value of the event, not declared.

    `event` is the whole OCSF event as JSON data (its own `unmapped` is not searched); a number may appear
    there as its digits. `transformed` declares paths whose value the event says in other words: times,
    outcomes, captions. A boolean is never found by its value alone: it stays in `unmapped`, or is declared.
    """
    kept = {(path, _identity(value)) for path, value in leaves(unmapped or {})}
    shown = {
        str(value)
        for path, value in leaves({name: item for name, item in event.items() if name != "unmapped"})
        if not isinstance(value, bool)
    }
    return [
        path
        for path, value in leaves(raw)
        if value not in (None, "")
        and path not in transformed
        and (path, _identity(value)) not in kept
        and (isinstance(value, bool) or str(value) not in shown)
    ]


def _identity(value: Scalar) -> str:
    """A key under which True, 1 and "1" differ."""
    return f"{type(value).__name__}:{value}"
