"""Something in a data directory that does not fit the rest of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Problem(NamedTuple):
    """What is wrong, where, and whether it can be put right from what is stored elsewhere."""

    code: str
    """Stable, such as `tile-missing`."""
    where: str
    what: str
    derivable: bool = False
    """Whether a repair writes only what follows from what was signed and what is stored."""
    harmless: bool = False
    """What a crash may leave behind, and the next start removes; nothing is wrong with what was acknowledged."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return self._asdict()


class Found(NamedTuple):
    """A problem and, where it can be mended, how."""

    problem: Problem
    mend: Callable[[], None] | None = None
    """Writes what is derivable; durable on return. VerificationError where it turns out not to be."""
