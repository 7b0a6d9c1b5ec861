"""What mappers remember from one event to the next: bounded in bytes, whatever the events hold."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from functools import _lru_cache_wrapper

T = TypeVar("T")

LONG_BYTES = 4 * 1024
"""What is remembered of an event up to this does not count: the caches hold some ten thousand of them."""
_MOST_BYTES = 32 * 1024 * 1024

_caches: list[_lru_cache_wrapper[object]] = []


class _Long:
    """How much of long events may be remembered."""

    held_bytes = 0


def remembered(maxsize: int) -> Callable[[Callable[..., T]], _lru_cache_wrapper[T]]:
    """As lru_cache; what it holds is dropped when `make_room` says so."""

    def decorate(function: Callable[..., T]) -> _lru_cache_wrapper[T]:
        cached = lru_cache(maxsize=maxsize)(function)
        _caches.append(cached)
        return cached

    return decorate


def make_room(event_bytes: int) -> None:
    """An event longer than LONG_BYTES is about to be mapped: forget everything before there is too much of such."""
    _Long.held_bytes += event_bytes
    if _Long.held_bytes > _MOST_BYTES:
        _Long.held_bytes = event_bytes
        for cache in _caches:
            cache.cache_clear()
