"""The source type `linux.sshd`."""

from __future__ import annotations

from affidavit.core.ids import SourceType
from affidavit.sources.interface import SourceKind
from affidavit.sources.linux.router import map_line

KIND = SourceKind(
    type=SourceType("linux.sshd"),
    title="Linux sshd and auth.log",
    version=1,
    framing="lines",
    envelope=None,
    map=map_line,
)
