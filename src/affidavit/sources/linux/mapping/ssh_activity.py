"""SSH Activity (4007): connections opened, closed, refused and failed, and what runs over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.formats.ocsf.classes_network import SshActivity
from affidavit.formats.ocsf.objects import Actor, NetworkConnectionInfo, NetworkTraffic, Session
from affidavit.sources.linux.subjects import always, client, process, remainder, server_of, user

if TYPE_CHECKING:
    from affidavit.sources.linux.families import Family, Found, Saying

OPEN, CLOSE, RESET, FAIL, REFUSE, TRAFFIC, LISTEN, OTHER = 1, 2, 3, 4, 5, 6, 7, 99
"""activity_id."""

_INBOUND = 1
_TCP = 6


def connection(saying: Saying, family: Family, found: Found) -> SshActivity:
    """The event of a line about a connection; see `families.Found` for what it takes out of `found`."""
    who = user(found) if "user" in found else None
    program = process(saying)
    endpoint = client(found)
    number = None if saying.line.pid is None else str(saying.line.pid)
    terminal = found.pop("tty", None)
    sent, received = found.pop("sent", None), found.pop("received", None)
    traffic = None
    if sent is not None and received is not None:
        traffic = NetworkTraffic(bytes_out=int(sent), bytes_in=int(received), bytes=int(sent) + int(received))
    invalid = found.pop("invalid", None)
    return SshActivity(
        **always(saying, family),
        actor=Actor(user=who, process=program) if who is not None or program is not None else None,
        connection_info=NetworkConnectionInfo(
            direction="Inbound",
            direction_id=_INBOUND,
            protocol_name="tcp",
            protocol_num=_TCP,
            session=Session(uid=number, terminal=terminal, is_remote=True) if number or terminal else None,
        ),
        dst_endpoint=server_of(saying, found),
        src_endpoint=endpoint,
        status_code="invalid-user" if invalid is not None else found.pop("status_code", None),
        status_detail=found.pop("reason", None),
        traffic=traffic,
        unmapped=remainder(saying, found),
    )
