"""`fsck` over a data directory: what is stored in one place against what is stored in the others.

Structure, not content: that records and tiles are what was sealed is for `verify` and the scrub. A server may run
meanwhile; then what a step in progress looks like is told from a problem by looking twice.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from affidavit.assembly.directory import open_directory
from affidavit.assembly.fsck_look import Look
from affidavit.core.clock import isoformat
from affidavit.core.errors import VerificationError
from affidavit.storage.lock import DirectoryLock, holder

if TYPE_CHECKING:
    from pathlib import Path

    from affidavit.assembly.directory import Directory
    from affidavit.fsck.problem import Found, Problem

_PAUSE_S = 3.0
"""Longer than a step of the sealer and its publication take."""
_ROUNDS = 3
"""Mending one thing may show the next."""


@dataclass(kw_only=True, slots=True)
class Fsck:
    """What was found, and what was mended."""

    origin: str = ""
    size: int = 0
    """Entries that the head covers."""
    began_us: int = 0
    seconds: float = 0.0
    live: bool = False
    """Whether a server ran meanwhile; what a crash leaves behind is not looked for then."""
    problems: list[Problem] = field(default_factory=list)
    """Those that are left."""
    repaired: list[Problem] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether nothing is left but what the next start removes."""
        return all(problem.harmless for problem in self.problems)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "sound": self.sound,
            "origin": self.origin,
            "size": self.size,
            "began": isoformat(self.began_us),
            "seconds": round(self.seconds, 3),
            "live": self.live,
            "problems": [problem.as_dict() for problem in self.problems],
            "repaired": [problem.as_dict() for problem in self.repaired],
        }


def fsck_directory(path: Path, *, repair: bool = False) -> Fsck:
    """Look at a data directory, and with `repair` mend what can be derived; the caller seals what was.

    ConflictError (`locked`) where somebody writes in a directory that is to be repaired.
    """
    began = time.monotonic()
    directory = open_directory(path)
    try:
        if repair:
            with DirectoryLock.acquire(path, purpose="fsck"):
                done = mended(directory)
        else:
            done = fsck(directory, live=holder(path) is not None)
    finally:
        directory.database.close()
    done.seconds = time.monotonic() - began
    return done


def fsck(directory: Directory, *, live: bool) -> Fsck:
    """As `fsck_directory`, without repair, of one that is open; `live` where others may be writing."""
    done, found = _look(directory, live=live)
    if live and found:
        time.sleep(_PAUSE_S)
        still = {(each.problem.code, each.problem.where) for each in _look(directory, live=live)[1]}
        found = [each for each in found if (each.problem.code, each.problem.where) in still]
    done.problems = [each.problem for each in found]
    return done


def _look(directory: Directory, *, live: bool) -> tuple[Fsck, list[Found]]:
    began = time.monotonic()
    began_us = directory.clock.now_us()
    look = Look(directory, live=live)
    try:
        found = look.everything()
    finally:
        look.close()
    done = Fsck(origin=look.origin, size=look.size, began_us=began_us, live=live)
    done.seconds = time.monotonic() - began
    return done, found


def mended(directory: Directory) -> Fsck:
    """Look and mend until nothing more can be mended."""
    repaired: list[Problem] = []
    for _ in range(_ROUNDS):
        look = Look(directory, live=False)
        try:
            mended = []
            for problem, mend in look.everything():
                if mend is None:
                    continue
                try:
                    mend()
                except VerificationError:
                    continue  # it is not derivable after all, and stays among the problems
                mended.append(problem)
        finally:
            look.close()
        repaired += mended
        if not mended:
            break
    done, found = _look(directory, live=False)
    done.problems = [each.problem for each in found]
    done.repaired = repaired
    return done
