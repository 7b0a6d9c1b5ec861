"""What somebody brings along who verifies a data directory, and does not take from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from affidavit.assembly.publishing import configured_policy, read_policy
from affidavit.assembly.timestamps import read_roots, trusted_roots
from affidavit.storage.local import LocalStore

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cryptography.x509 import Certificate

    from affidavit.assembly.directory import Directory
    from affidavit.formats.tlog.policy import Policy


@dataclass(frozen=True, kw_only=True, slots=True)
class Brought:
    """Trust from elsewhere; what is missing is taken from the data directory, or not asked for."""

    keys: Sequence[str] | None = None
    """Verifier keys of one moment of the log."""
    earlier: bytes | None = None
    """A checkpoint, of which the log must be a continuation."""
    policy: Policy | None = None
    """Who must have cosigned the newest checkpoint."""
    roots: Sequence[Certificate] = ()
    """Under which timestamps are believed."""

    @classmethod
    def read(
        cls,
        directory: Directory,
        *,
        keys: Path | None = None,
        earlier: Path | None = None,
        policy: Path | None = None,
        roots: Path | None = None,
    ) -> Brought:
        """From files; policy and roots are those of the directory's settings where no file is given."""
        timestamp = directory.settings.timestamp
        return cls(
            keys=None if keys is None else _read(keys).decode(errors="replace").split(),
            earlier=None if earlier is None else _read(earlier),
            policy=configured_policy(directory) if policy is None else read_policy(policy),
            roots=trusted_roots(directory.path, timestamp) if roots is None else read_roots(roots),
        )


def _read(file: Path) -> bytes:
    return LocalStore(file.parent.absolute()).read(file.name)
