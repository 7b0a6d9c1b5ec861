"""What a verification found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Difference(NamedTuple):
    """Something that is not what was sealed."""

    code: str
    """Stable, such as `leaf-differs`."""
    where: str
    """The record, file or tile."""
    what: str


@dataclass(kw_only=True)
class Report:
    """The result of one verification."""

    origin: str = ""
    size: int = 0
    root: str = ""
    records: int = 0
    """Records whose parts were hashed up to the root."""
    unsealed: int = 0
    """Records in the lake beyond the checkpoint; they are being sealed."""
    files: int = 0
    """Files that were read and authenticated."""
    bytes: int = 0
    """Their size together."""
    seconds: float = 0.0
    processes: int = 1
    kept: int = 0
    """Kept checkpoints that hold: signed by the keys of their time, and of this tree."""
    stated: int = 0
    """Kept checkpoints that sealed records state, so that they cannot be taken away."""
    stamped: int = 0
    """Kept checkpoints with a timestamp that a trusted authority vouches for."""
    unbelieved: int = 0
    """Timestamps that are there and prove nothing, because no root is trusted."""
    stamp: str = ""
    """The newest timestamp, for a person."""
    sources: dict[str, int] = field(default_factory=dict)
    """Records of each source, whose `seq` runs from 0 without a hole."""
    policy: bool = False
    """Whether the checkpoint was held against a policy."""
    cosigned: dict[str, str] = field(default_factory=dict)
    """The policy's witnesses that cosigned it, and when."""
    differences: list[Difference] = field(default_factory=list)

    @property
    def verified(self) -> bool:
        """Whether nothing differs."""
        return not self.differences

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "verified": self.verified,
            "origin": self.origin,
            "size": self.size,
            "root": self.root,
            "records": self.records,
            "unsealed": self.unsealed,
            "files": self.files,
            "bytes": self.bytes,
            "seconds": round(self.seconds, 3),
            "processes": self.processes,
            "kept": self.kept,
            "stated": self.stated,
            "stamped": self.stamped,
            "unbelieved_timestamps": self.unbelieved,
            "sources": self.sources,
            "policy": self.policy,
            "cosigned": self.cosigned,
            "differences": [difference._asdict() for difference in self.differences],
        }

    def summary(self) -> str:
        """One paragraph for a person."""
        rate = self.records / self.seconds if self.seconds else 0.0
        checked = (
            f"{_counted(self.records, 'record')} of {_counted(len(self.sources), 'source')} and "
            f"{_counted(self.files, 'file')} checked in {self.seconds:.1f} s ({rate:,.0f} records/s)"
        )
        if self.verified:
            log = (
                f"{self.origin} has {self.size} {'entry' if self.size == 1 else 'entries'}, root {self.root}"
            )
            return f"Verified: {checked}; {log}.\n{self._witnesses()}\n{self._times()}"
        return f"NOT VERIFIED: {_counted(len(self.differences), 'difference')}; {checked}."

    def _times(self) -> str:
        """What is known about time."""
        if self.stamped:
            return (
                f"{self.stamped} of {self.kept} kept checkpoints are timestamped, the newest {self.stamp}; "
                f"{self.stated} are stated in the log."
            )
        if self.unbelieved:
            return f"{self.unbelieved} timestamps are there; none is believed, as [timestamp] roots names no authority."
        return "No timestamps: when all this was is known from the server's own clock alone."

    def _witnesses(self) -> str:
        """Who beside the log vouches for the checkpoint, for a person."""
        if self.cosigned:
            return f"Cosigned by {', '.join(f'{name} at {time}' for name, time in self.cosigned.items())}."
        if self.policy:
            return "No witness: the policy asks for none, so the log alone vouches for its history."
        return "No witness: no policy was given, so the log alone vouches for its history."


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
