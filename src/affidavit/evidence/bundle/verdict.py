"""What verifying a bundle came to: what is proven, what is not, and every fault."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from affidavit.core.errors import AffidavitError

if TYPE_CHECKING:
    from collections.abc import Iterator


class Fault(NamedTuple):
    """Something that is not as it was sealed, signed or stated."""

    code: str
    what: str


@dataclass(kw_only=True)
class Verdict:
    """The result of one verification, filled step by step."""

    sha256: str = ""
    """Of the bundle's file, where it was computed."""
    proved: list[str] = field(default_factory=list)
    unproved: list[str] = field(default_factory=list)
    """What this verification could not show, and why."""
    faults: list[Fault] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)
    """Origin, sizes, counts and times, once they are known."""

    @property
    def verified(self) -> bool:
        """Whether there is no fault."""
        return not self.faults

    @contextmanager
    def step(self) -> Iterator[None]:
        """A step of the verification; what it raises becomes a fault, and the next step goes on."""
        try:
            yield
        except AffidavitError as error:
            self.fault(error.code, error.message)

    def fault(self, code: str, what: str) -> None:
        """Note a fault, once."""
        found = Fault(code, what)
        if found not in self.faults:
            self.faults.append(found)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "verified": self.verified,
            "faults": [fault._asdict() for fault in self.faults],
            "proved": self.proved,
            "not_proved": self.unproved,
            "sha256": self.sha256,
            **self.summary,
        }

    def text(self) -> str:
        """For a person."""
        lines = [f"FAULT {fault.code}: {fault.what}" for fault in self.faults]
        if self.verified:
            lines += [f"proved: {what}" for what in self.proved]
        lines += [f"NOT proved: {what}" for what in self.unproved]
        counted = self.summary.get("counts", {})
        if self.verified:
            lines.append(
                f"VERIFIED: {counted.get('matching', 0)} records of {self.summary.get('origin')}, entries "
                f"{self.summary.get('first')} up to {self.summary.get('end')}."
            )
        else:
            lines.append(f"NOT VERIFIED: {len(self.faults)} fault{'' if len(self.faults) == 1 else 's'}.")
        return "\n".join(lines)
