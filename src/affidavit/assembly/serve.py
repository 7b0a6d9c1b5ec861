"""`serve`: one command, a process each for receiving, sealing, querying and upkeep, and who watches them.

Receiving, sealing and querying are bound by the interpreter's lock, so each has an interpreter of its own;
they meet on the shared store. A process that dies is started anew. The api and the sealer hold the two ends
of the spool, so when one of them dies both start anew, in order.
"""

from __future__ import annotations

import gc
import importlib
import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from affidavit.assembly import processes
from affidavit.assembly.directory import is_initialised, read_settings
from affidavit.assembly.listening import address_of, url_of
from affidavit.assembly.processes import GO, READY
from affidavit.assembly.publishing import check_settings
from affidavit.assembly.running import SERVE, LocalOwner, Running, announce, withdraw
from affidavit.assembly.timestamps import open_stamper
from affidavit.core.errors import AffidavitError, ConfigurationError, OperationalError
from affidavit.storage.local import LocalStore
from affidavit.storage.lock import DirectoryLock
from affidavit.storage.sockets import socket_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

_fork = multiprocessing.get_context("fork")
_START_S = 120.0
_STOP_S = 30.0
_SHARED = ("granian.server.embed", "affidavit.assembly.local", "affidavit.server.app")
"""Modules that the processes need and that take seconds to load."""
_MAX_RESTARTS = 5
_WINDOW_S = 60.0
log = logging.getLogger("affidavit")


def run(path: Path, *, listen: str | None, demo: bool) -> int:
    """Serve until SIGTERM or SIGINT; the exit code."""
    if not is_initialised(path):
        raise ConfigurationError(
            f"{path} is not a data directory",
            code="no-data",
            hint=f"Make one with `affidavit init --data {path}`.",
        )
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    settings = read_settings(path)
    open_stamper(path, settings.timestamp)  # says now what would end the keeper later
    check_settings(path, settings.witness)
    host, port = address_of(listen or settings.server.listen)
    url = url_of(host, port, tls=settings.server.tls_certificate is not None)
    running = Running(
        url=url,
        token=LocalOwner.new_secret(),
        pid=os.getpid(),
        certificate=settings.server.tls_certificate,
    )
    with (
        DirectoryLock.acquire(path, purpose=SERVE, address=url),
        socket_folder(LocalStore(path)) as sockets,
    ):
        supervisor = _Supervisor(path, running, host, port, str(sockets / "query"))
        return supervisor.run(demo=demo)


class _Supervisor:
    """Starts the processes in order, watches them, stops them in order."""

    def __init__(self, path: Path, running: Running, host: str, port: int, query: str) -> None:
        self._path = path
        self._running = running
        self._host = host
        self._port = port
        self._query = query
        self._alive_read, self._alive_write = os.pipe()
        self._stop_read, self._stop_write = os.pipe()
        self._children: dict[str, BaseProcess] = {}
        self._restarts: list[float] = []

    def run(self, *, demo: bool) -> int:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: os.write(self._stop_write, b"x"))
        try:
            _load()
            self._start_all()
            announce(self._path, self._running)
            log.info("Affidavit serves %s on %s", self._path, self._running.url)
            if demo:
                self._start("demo", _demo, self._path)
            return self._watch()
        except _Stopped:
            return 0
        finally:
            withdraw(self._path)
            self._stop_all()
            gc.unfreeze()

    def _start_all(self) -> None:
        """Recover the spool, then start everything that depends on it, then listen."""
        api = self._start_with_channel(
            "api", processes.api, self._path, self._running, self._host, self._port, self._query
        )
        self._await("api", api)
        sealer = self._start_with_channel("sealer", processes.sealer, self._path)
        self._start_query()
        self._await("sealer", sealer)
        api.send_bytes(GO)
        self._start("keeper", processes.keeper, self._path)
        self._await_listening()

    def _start_query(self) -> None:
        with suppress(FileNotFoundError):
            Path(self._query).unlink()
        self._await("query", self._start_with_channel("query", processes.query, self._path, self._query))

    def _watch(self) -> int:
        """Until told to stop: start anew what dies."""
        while True:
            sentinels = {child.sentinel: name for name, child in self._children.items()}
            for ready in wait([self._stop_read, *sentinels]):
                if ready == self._stop_read:
                    return 0
                name = sentinels[ready]  # type: ignore[index]
                code = self._children.pop(name).exitcode
                if name == "demo":
                    continue
                log.error("%s ended with %s; starting it anew", name, code)
                self._restarts = [t for t in self._restarts if t > time.monotonic() - _WINDOW_S]
                self._restarts.append(time.monotonic())
                if len(self._restarts) > _MAX_RESTARTS:
                    log.error("that was too often; giving up")
                    return 1
                if name == "keeper":
                    self._start("keeper", processes.keeper, self._path)
                elif name == "query":
                    self._start_query()
                else:
                    self._stop_all()
                    self._start_all()
                break

    def _start(self, name: str, target: Callable[..., None], *arguments: Any) -> None:
        child = _fork.Process(target=self._child, args=(target, *arguments), name=name)
        child.start()
        self._children[name] = child

    def _start_with_channel(self, name: str, target: Callable[..., None], *arguments: Any) -> Connection:
        ours, theirs = _fork.Pipe()
        self._start(name, target, *arguments, theirs)
        theirs.close()
        return ours

    def _child(self, target: Callable[..., None], *arguments: Any) -> None:
        """First of all in a child: end with the parent, leave Ctrl-C to the parent, report errors plainly."""
        os.close(self._alive_write)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        threading.Thread(target=self._end_with_parent, daemon=True).start()
        try:
            target(*arguments)
        except AffidavitError as error:
            log.error("%s: %s%s", _fork.current_process().name, error, f" {error.hint}" if error.hint else "")  # noqa: TRY400 - for an operator
            sys.exit(1)

    def _end_with_parent(self) -> None:
        os.read(self._alive_read, 1)
        os._exit(1)

    def _await(self, name: str, channel: Connection) -> None:
        """Until the child says that it is ready; OperationalError where it dies first."""
        child = self._children[name]
        ready = wait([channel, child.sentinel, self._stop_read], timeout=_START_S)
        if self._stop_read in ready:
            raise _Stopped
        with suppress(EOFError):
            if channel in ready and channel.recv_bytes() == READY:
                return
        raise OperationalError(
            f"the {name} process did not start", code="start-failed", hint="See the log above."
        )

    def _await_listening(self) -> None:
        import socket

        until = time.monotonic() + _START_S
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._host, self._host)  # noqa: S104 - compared, not bound
        while time.monotonic() < until:
            if not self._children["api"].is_alive():
                break
            with suppress(OSError), socket.create_connection((host, self._port), timeout=1):
                return
            time.sleep(0.02)
        raise OperationalError(
            f"nothing listens on {self._host}:{self._port}", code="listen", hint="Is the port taken?"
        )

    def _stop_all(self) -> None:
        """Receiving first, then what still has to be sealed, then the others."""
        for name in ("demo", "api", "sealer", "keeper", "query"):
            child = self._children.pop(name, None)
            if child is None:
                continue
            child.terminate()
            child.join(_STOP_S)
            if child.is_alive():
                child.kill()
                child.join()


def _load() -> None:
    """Once for all processes: they share the pages, and one that is started anew is there at once."""
    for name in _SHARED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()


class _Stopped(Exception):  # noqa: N818 - not an error
    """Told to stop while starting."""


def _demo(path: Path) -> None:
    from affidavit.assembly.demo import load_samples

    load_samples(path)
