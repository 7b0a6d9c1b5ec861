"""A witness put together: its directory, its keys, its server. It shares nothing with a log's data directory.

keys/          its two signing keys
logs/          the verifier keys of each log that it cosigns for
cosigned/      what it cosigned last, a note a log
conflicts/     notes of a log that contradict what it signed before
lock           one process a directory
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from typing import TYPE_CHECKING

from affidavit.assembly.directory import passphrase
from affidavit.assembly.listening import address_of, http_server, url_of
from affidavit.core.clock import SystemClock
from affidavit.core.errors import ConfigurationError
from affidavit.storage.local import LocalStore
from affidavit.storage.lock import DirectoryLock
from affidavit.witness.app import create_witness_app
from affidavit.witness.cosigning import Cosigner
from affidavit.witness.keys import VKEY, WitnessKeys
from affidavit.witness.known_logs import KnownLogs

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from affidavit.formats.tlog.keys import VerifierKey

log = logging.getLogger("affidavit")


def make_witness(path: Path, *, name: str) -> tuple[str, ...]:
    """Make a witness's directory; its verifier keys. ConflictError where there is one already."""
    store = LocalStore(path)
    with DirectoryLock.acquire(path, purpose="witness init"):
        return WitnessKeys.create(store, name, passphrase=passphrase()).verifier_keys


def add_log(path: Path, keys: Iterable[str], *, replace: bool) -> tuple[str, list[VerifierKey]]:
    """Have the witness cosign for a log, also while it serves; the log's origin and its keys."""
    return KnownLogs(_made(path)).add(keys, replace=replace)


def serve_witness(path: Path, *, listen: str, certificate: str | None = None, key: str | None = None) -> None:
    """Serve until SIGTERM or SIGINT."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    host, port = address_of(listen)
    url = url_of(host, port, tls=certificate is not None)
    store = _made(path)
    with DirectoryLock.acquire(path, purpose="witness serve", address=url):
        store.sweep()
        keys = WitnessKeys.open(store, passphrase=passphrase())
        cosigner = Cosigner(store, keys, KnownLogs(store), clock=SystemClock())
        app = create_witness_app(cosigner)
        server = http_server(app, host=host, port=port, certificate=certificate, key=key)

        async def run() -> None:
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, server.stop)
            log.info("witness %s serves %s", keys.name, url)
            await server.serve()

        asyncio.run(run())


def _made(path: Path) -> LocalStore:
    store = LocalStore(path) if path.is_dir() else None
    if store is None or not any(store.names(VKEY)):
        raise ConfigurationError(
            f"{path} is no witness's directory",
            code="no-witness",
            hint=f"Make one with `affidavit witness init --name NAME --data {path}`.",
        )
    return store
