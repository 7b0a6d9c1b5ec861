"""Where Arrow reads into: what it frees is given back to the system, or kept for what is read next.

Giving back is right for a process that waits for work, and makes the system clear each page anew for whoever reads
much: a third of what that costs. The pool is one for the whole process; a buffer goes back to the one it came from.
"""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterator

_lock = Lock()
_readers = 0


def give_back_freed_memory() -> None:
    """From now on this process gives back what Arrow frees, which Arrow's own allocators rarely do."""
    pa.set_memory_pool(pa.system_memory_pool())


def keep_freed_memory() -> None:
    """From now on this process keeps it: for one that reads until it ends."""
    pool = _keeping()
    if pool is not None:
        pa.set_memory_pool(pool)


@contextmanager
def freed_memory_kept() -> Iterator[None]:
    """What Arrow frees meanwhile is kept, and given back when nobody reads so any more. For any thread."""
    global _readers  # noqa: PLW0603 - as the pool, it is the process's
    with _lock:
        _readers += 1
        keep_freed_memory()
    try:
        yield
    finally:
        with _lock:
            _readers -= 1
            if not _readers:
                give_back_freed_memory()
                pool = _keeping()
                if pool is not None:
                    pool.release_unused()


def _keeping() -> pa.MemoryPool | None:
    try:
        return pa.mimalloc_memory_pool()
    except NotImplementedError:  # built without it
        return None
