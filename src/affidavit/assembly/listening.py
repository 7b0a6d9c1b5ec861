"""Where an HTTP server of this program listens, and with what: Granian, with TLS where a certificate is given."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from affidavit.core.errors import UsageError

if TYPE_CHECKING:
    from granian.server.embed import Server
    from litestar import Litestar


def address_of(listen: str) -> tuple[str, int]:
    """Address and port of ADDRESS:PORT; UsageError (`listen`) for other text, names of hosts included."""
    host, _, port = listen.rpartition(":")
    host = host.strip("[]")
    try:
        ip_address(host)
    except ValueError:
        host = ""
    if not host or not port.isdigit() or not 0 < int(port) < 1 << 16:
        raise UsageError(
            f"{listen!r} is not ADDRESS:PORT",
            code="listen",
            hint="Give an address of this machine, such as 127.0.0.1:8470, or 0.0.0.0:8470 for all of them.",
        )
    return host, int(port)


def url_of(host: str, port: int, *, tls: bool) -> str:
    """Where to reach a server that listens there."""
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if tls else 'http'}://{shown}:{port}"


def http_server(app: Litestar, *, host: str, port: int, certificate: str | None, key: str | None) -> Server:
    """A server for `app` in this process; `await serve()` runs it, `stop()` ends it.

    `certificate` and `key` name PEM files; with both of them it speaks HTTPS only.
    """
    from granian.constants import Interfaces
    from granian.server.embed import Server

    tls = certificate is not None and key is not None
    return Server(
        app,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        websockets=False,
        log_enabled=False,
        backlog=1024,
        ssl_cert=Path(certificate) if tls and certificate else None,
        ssl_key=Path(key) if tls and key else None,
    )
