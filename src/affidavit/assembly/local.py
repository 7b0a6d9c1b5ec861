"""Everything inside one process, for a command on a data directory where no server runs."""

from __future__ import annotations

import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from affidavit.access.authenticate import Authenticator
from affidavit.access.tokens import Tokens
from affidavit.assembly.directory import open_directory, passphrase
from affidavit.assembly.evidence_worker import EvidenceWorker
from affidavit.assembly.lakes import open_reader
from affidavit.assembly.layout import LOG
from affidavit.assembly.outages import witness_status
from affidavit.assembly.running import LocalOwner
from affidavit.assembly.timestamps import open_keeping
from affidavit.assembly.upkeep import StoredUpkeep
from affidavit.assembly.writing import open_receiving, open_sealer, open_tail
from affidavit.core.ids import DEFAULT_TENANT
from affidavit.evidence.asked import AskedBundles
from affidavit.ledger.history import History
from affidavit.ledger.log import Log
from affidavit.pipeline.rotate import KeyRotation
from affidavit.server.services import Services, TenantServices
from affidavit.sources.declared import DeclaredSources
from affidavit.storage.lock import DirectoryLock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from affidavit.assembly.directory import Directory
    from affidavit.assembly.writing import Receiving
    from affidavit.pipeline.seal import Sealer
    from affidavit.search.reader import Reader

_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 0.25
"""Between two looks for something to seal; longer and longer where nothing comes: the command itself is to work."""


def services_of(
    directory: Directory, receiving: Receiving, reader: Reader, *, secret: str
) -> tuple[Services, Authenticator]:
    """What the API is made of, over one tenant."""
    tokens = Tokens(directory.database, clock=directory.clock)
    authenticator = Authenticator(tokens, clock=directory.clock)
    store = directory.tenant_store(DEFAULT_TENANT)
    keyring = directory.keyring(DEFAULT_TENANT)
    tenant = TenantServices(
        receiver=receiving.receiver,
        reader=reader,
        log=Log(store, LOG),
        history=History(store),
        store=store,
        keys=keyring,
        publication=lambda: witness_status(directory, DEFAULT_TENANT),
        upkeep=StoredUpkeep(directory),
        rotation=KeyRotation(
            DEFAULT_TENANT,
            database=directory.database,
            store=store,
            clock=directory.clock,
            passphrase=passphrase,
        ),
    )
    services = Services(
        database=directory.database,
        tokens=tokens,
        authenticator=LocalOwner(secret, authenticator),
        sources=DeclaredSources(directory.database),
        bundles=AskedBundles(directory.database),
        tenants={DEFAULT_TENANT: tenant},
        clock=directory.clock,
        public_log=directory.settings.server.public_log,
        page=directory.settings.search.page,
    )
    return services, authenticator


@contextmanager
def local_services(path: Path) -> Iterator[tuple[Services, str]]:
    """The services and the owner's secret; what was received is sealed before the block is left."""
    directory = open_directory(path)
    with DirectoryLock.acquire(path, purpose="command"):
        receiving = open_receiving(directory, DEFAULT_TENANT)
        sealer = open_sealer(directory, DEFAULT_TENANT)
        sealing = _Sealing(directory, sealer)
        sealing.drain()
        secret = LocalOwner.new_secret()
        services, authenticator = services_of(
            directory, receiving, open_reader(directory, DEFAULT_TENANT), secret=secret
        )
        sealing.start()
        stop = threading.Event()
        worker = EvidenceWorker(directory, DEFAULT_TENANT)
        working = threading.Thread(target=worker.follow, args=(stop,), name="evidence", daemon=True)
        working.start()
        try:
            yield services, secret
        finally:
            stop.set()
            working.join()
            receiving.spool.close()
            with closing(sealer):
                sealing.stop()
            open_keeping(directory, DEFAULT_TENANT).keep()
            authenticator.write_uses()
            directory.database.close()


class _Sealing:
    """A sealer in a thread of its own."""

    def __init__(self, directory: Directory, sealer: Sealer) -> None:
        self._sealer = sealer
        self._tail = open_tail(directory, DEFAULT_TENANT, sealer)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sealer", daemon=True)
        self._error: Exception | None = None

    def drain(self) -> None:
        """Seal whatever the spool holds."""
        while self._sealer.step(self._tail):
            pass

    def start(self) -> None:
        """Go on in the background."""
        self._thread.start()

    def stop(self) -> None:
        """Seal the rest; raises what went wrong in the background."""
        self._stop.set()
        self._thread.join()
        if self._error is not None:
            raise self._error
        self.drain()

    def _run(self) -> None:
        try:
            pause_s = _PAUSE_S
            while not self._stop.is_set():
                if self._sealer.step(self._tail):
                    pause_s = _PAUSE_S
                else:
                    self._stop.wait(pause_s)
                    pause_s = min(_LONGEST_PAUSE_S, 1.5 * pause_s)
        except Exception as error:  # noqa: BLE001 - raised again by stop, in the caller's thread
            self._error = error
