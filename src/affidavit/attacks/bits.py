"""One bit flipped in every file of a data directory, one file at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.attacks.victim import flipped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from affidavit.attacks.victim import Victim

EXEMPT = {
    "lock": "a note for people, of who held the directory last; the lock itself is the kernel's",
    "run/": "lives while a server runs, and is made anew; nothing that was acknowledged rests on it",
    "state.db": "is compared with the log as far as the two say the same; see the attacks on it",
}
"""What a flipped bit may go unnoticed in, and why."""


def flips(victim: Victim) -> Iterator[tuple[str, bytes, bytes]]:
    """(name, content, content with a bit flipped) of every file that is not exempt and not empty.

    The bit lies behind three quarters of the file, which in key files is past the comments.
    """
    for name in list(victim.root.names()):
        data = victim.root.read(name)
        if data and not name.startswith(tuple(EXEMPT)):
            yield name, data, flipped(data, 6 * len(data))
