"""Reading across processes, so that queries and receiving do not share one interpreter.

The query process listens on a Unix socket in a folder that only its owner may enter. A request
is a msgpack array [operation, argument…]; the answer [ok, value] or [error code, message, hint].
"""

from __future__ import annotations

import threading
from multiprocessing.connection import Client, Connection, Listener
from typing import TYPE_CHECKING, Any

import msgspec

from affidavit.core.errors import (
    AffidavitError,
    NotFoundError,
    OperationalError,
    QueryError,
    UsageError,
    VerificationError,
)
from affidavit.search.reader import Page, Reader, StoredRecord, Wanted

if TYPE_CHECKING:
    from collections.abc import Callable

_ERRORS: tuple[type[AffidavitError], ...] = (
    QueryError,
    NotFoundError,
    UsageError,
    VerificationError,
    OperationalError,
)
_encode = msgspec.msgpack.Encoder().encode
_rows = msgspec.msgpack.Decoder(list[StoredRecord]).decode
_page = msgspec.msgpack.Decoder(Page).decode
_request = msgspec.msgpack.Decoder(tuple[str, msgspec.Raw]).decode


def serve(reader: Reader, address: str, ready: Callable[[], None]) -> None:
    """Answer readers until the process ends; a thread a connection."""
    with Listener(address, family="AF_UNIX", backlog=64) as listener:
        ready()
        while True:
            connection = listener.accept()
            threading.Thread(target=_converse, args=(reader, connection), daemon=True).start()


def _converse(reader: Reader, connection: Connection[bytes, bytes]) -> None:
    with connection:
        while True:
            try:
                request = connection.recv_bytes()
            except (EOFError, OSError):
                return
            try:
                answer = [b"", _answer(reader, request)]
            except AffidavitError as error:
                kind = next(i for i, kind in enumerate((*_ERRORS, AffidavitError)) if isinstance(error, kind))
                answer = [_encode([kind, error.code, str(error), error.hint]), b""]
            except Exception as error:  # noqa: BLE001 - a fault of one query must not end the others
                answer = [
                    _encode([len(_ERRORS) - 1, "query-failed", f"{type(error).__name__}: {error}", ""]),
                    b"",
                ]
            try:
                connection.send_bytes(_encode(answer))
            except OSError:
                return


def _answer(reader: Reader, request: bytes) -> bytes:
    operation, argument = _request(request)
    if operation == "page":
        return _encode(reader.page(msgspec.msgpack.decode(argument, type=Wanted)))
    first, end = msgspec.msgpack.decode(argument, type=tuple[int, int])
    return _encode(reader.rows(first, end))


class RemoteReader:
    """A Reader in another process. Thread-safe; a connection a thread at work, kept for the next."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._idle: list[Connection[bytes, bytes]] = []
        self._lock = threading.Lock()

    def page(self, wanted: Wanted) -> Page:
        """One page of a search."""
        return _page(self._ask("page", wanted))

    def rows(self, first: int, end: int) -> list[StoredRecord]:
        """The records of an index range."""
        return _rows(self._ask("rows", (first, end)))

    def _ask(self, operation: str, argument: Any) -> bytes:
        request = _encode([operation, argument])
        for attempt in (1, 2):
            with self._lock:
                connection = self._idle.pop() if self._idle and attempt == 1 else None
            try:
                if connection is None:
                    connection = Client(self._address, family="AF_UNIX")
                connection.send_bytes(request)
                failure, value = msgspec.msgpack.decode(connection.recv_bytes(), type=tuple[bytes, bytes])
            except (EOFError, OSError) as error:
                if attempt == 1:
                    continue  # the query process was started anew; the connection was to the old one
                raise OperationalError(
                    "the query process does not answer",
                    code="query-unavailable",
                    hint="Try again in a moment.",
                ) from error
            with self._lock:
                self._idle.append(connection)
            if failure:
                kind, code, message, hint = msgspec.msgpack.decode(failure, type=tuple[int, str, str, str])
                error_type: type[AffidavitError] = (*_ERRORS, OperationalError)[kind]
                raised = error_type.__new__(error_type, message)
                AffidavitError.__init__(raised, message, code=code, hint=hint)
                raise raised
            return value
        raise OperationalError("the query process does not answer", code="query-unavailable")
