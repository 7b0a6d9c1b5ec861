"""What each process of `serve` does: api, sealer, query, keeper. Each runs until told to stop."""

from __future__ import annotations

import asyncio
import functools
import gc
import logging
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

from affidavit.core.errors import AffidavitError, ConfigurationError, OperationalError
from affidavit.core.ids import DEFAULT_TENANT

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from pathlib import Path

    from affidavit.assembly.directory import Directory
    from affidavit.assembly.running import Running
    from affidavit.core.settings import SealSettings
    from affidavit.intake.tail import Tail
    from affidavit.pipeline.seal import Sealer

READY = b"ready"
GO = b"go"
_IDLE_S = 0.05
_RETRY_S = 2.0
_USES_S = 60.0
_NICE = 19
_THREADS = 64
"""Of the API. A batch holds one until it is durable, or as long as its sender takes; readers do not wait for that."""
_MANY = 8
"""A step of more than this part of `max_records` is one under load."""
log = logging.getLogger("affidavit")


def api(path: Path, running: Running, host: str, port: int, query: str, channel: Connection) -> None:  # noqa: PLR0913 - a process's arguments
    """Receive batches and answer readers over HTTP."""
    from affidavit.assembly.directory import open_directory
    from affidavit.assembly.listening import http_server
    from affidavit.assembly.local import services_of
    from affidavit.assembly.writing import open_receiving
    from affidavit.search.remote import RemoteReader
    from affidavit.server.app import create_app

    directory = open_directory(path)
    receiving = open_receiving(directory, DEFAULT_TENANT)
    if receiving.torn is not None:
        log.warning(
            "the end of the spool was torn by a crash; what could not be read is kept as %s", receiving.torn
        )
    services, authenticator = services_of(directory, receiving, RemoteReader(query), secret=running.token)
    channel.send_bytes(READY)
    if channel.recv_bytes() != GO:
        return
    _settle()
    settings = directory.settings.server
    server = http_server(
        create_app(services),
        host=host,
        port=port,
        certificate=settings.tls_certificate,
        key=settings.tls_key,
    )

    async def listen() -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, server.stop)
        loop.set_default_executor(ThreadPoolExecutor(_THREADS, "work"))
        uses = asyncio.create_task(_write_uses(authenticator.write_uses))
        await server.serve()
        uses.cancel()

    asyncio.run(listen())
    receiving.spool.close()
    authenticator.write_uses()
    directory.database.close()


async def _write_uses(write: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(_USES_S)
        await asyncio.to_thread(write)


def sealer(path: Path, channel: Connection) -> None:
    """Seal what is spooled, a step at a time; after an error of the machine, recover and go on."""
    from affidavit.assembly.directory import open_directory

    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    directory = open_directory(path)
    ready = functools.cache(lambda: channel.send_bytes(READY))
    while True:
        try:
            _seal(directory, stop, ready)
        except ConfigurationError:
            raise  # which trying again does not mend
        except OperationalError as error:
            log.error("sealing paused: %s", error)  # noqa: TRY400 - the message is for an operator
            if stop.wait(_RETRY_S):
                break
            continue
        break
    directory.database.close()


def _seal(directory: Directory, stop: threading.Event, ready: Callable[[], object]) -> None:
    from affidavit.assembly.writing import open_sealer, open_tail

    with closing(open_sealer(directory, DEFAULT_TENANT)) as sealing:
        _follow(sealing, open_tail(directory, DEFAULT_TENANT, sealing), directory.settings.seal, stop, ready)


def _follow(
    sealing: Sealer, tail: Tail, seal: SealSettings, stop: threading.Event, ready: Callable[[], object]
) -> None:
    ready()
    _settle()
    while True:
        began = time.monotonic()
        stopping = stop.is_set()
        before = sealing.next_index
        chunks = sealing.step_ahead(tail)
        if stopping and not chunks:
            return
        count = sealing.next_index - before
        if count < seal.max_records:
            least = seal.interval_s if chunks else _IDLE_S
            if count > seal.max_records // _MANY:
                least *= 3  # a commit costs some 40 ms, and each search of its file a few, whatever it holds
            stop.wait(max(0.0, least - (time.monotonic() - began)))


def query(path: Path, address: str, channel: Connection) -> None:
    """Answer searches, for the API."""
    from affidavit.assembly.directory import open_directory
    from affidavit.assembly.lakes import open_reader
    from affidavit.search.remote import serve

    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    directory = open_directory(path)
    reader = open_reader(directory, DEFAULT_TENANT)
    serve(reader, address, lambda: channel.send_bytes(READY))


def keeper(path: Path) -> None:
    """Keep the lake in order, checkpoints stamped, everything verified; make bundles. May be killed at any moment."""
    from affidavit.assembly.directory import open_directory
    from affidavit.assembly.evidence_worker import EvidenceWorker
    from affidavit.assembly.lakes import open_lake
    from affidavit.assembly.scrub import Scrub
    from affidavit.assembly.timestamps import open_keeping, open_stamper, open_stating
    from affidavit.assembly.upkeep import StoredUpkeep

    stop = threading.Event()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    directory = open_directory(path)
    lake = open_lake(directory, DEFAULT_TENANT)
    settings, timestamp = directory.settings.keeper, directory.settings.timestamp
    stating = open_stating(directory, DEFAULT_TENANT)
    keeping = open_keeping(directory, DEFAULT_TENANT, open_stamper(path, timestamp), told=stating.state)
    follow = functools.partial(keeping.follow, stop, interval_s=timestamp.interval_s)
    threading.Thread(target=follow, name="timestamps", daemon=True).start()
    for name, work in (
        ("evidence", EvidenceWorker(directory, DEFAULT_TENANT).follow),
        ("fsck", StoredUpkeep(directory).follow),
        ("scrub", Scrub(directory).follow),
    ):
        threading.Thread(target=_aside, args=(work, stop), name=name, daemon=True).start()
    while not stop.wait(settings.interval_s):
        try:
            lake.compact(min_files=settings.compact_files)
            lake.remove_orphans(grace_s=settings.orphan_age_s)
        except AffidavitError as error:
            log.error("upkeep of the lake: %s", error)  # noqa: TRY400 - the message is for an operator


def _aside(work: Callable[[threading.Event], None], stop: threading.Event) -> None:
    """Work whose end nobody waits for; on Linux a thread, and what it starts, is nice by itself."""
    os.nice(_NICE)
    work(stop)


def _settle() -> None:
    """What lives from here on to the end need not be looked at again by the garbage collector."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)
