"""What a source type is: how its bytes are framed and how one event becomes OCSF.

Everything here is pure. A mapper takes the bytes of one event and returns a typed OCSF event; whatever it
cannot read it refuses with EventError, and the pipeline keeps those bytes in quarantine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from affidavit.formats.ocsf.event import Event

if TYPE_CHECKING:
    from affidavit.core.ids import SourceType

Mapper = Callable[[bytes, int], Event]
"""(one event's original bytes, when it was received in microseconds since 1970) -> the OCSF event.

Raises EventError and nothing else, whatever the bytes.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceKind:
    """A source type, as `affidavit sources types` lists it."""

    type: SourceType
    """Such as `okta.system_log`; its folder is `sources/okta/`, its samples `tests/samples/okta.system_log/`."""
    title: str
    """What a person calls it, such as `Okta System Log`."""
    version: int
    """Of the mapping; raised whenever the same bytes would map to another event."""
    framing: Literal["json", "lines"]
    """`json`: NDJSON, an array, one object or an envelope. `lines`: text, an event a line."""
    envelope: str | None
    """The member that holds the events of the vendor's own envelope, such as `Records`."""
    map: Mapper

    @property
    def mapper(self) -> str:
        """What a sealed entry commits to, such as `okta.system_log/1`."""
        return f"{self.type}/{self.version}"
