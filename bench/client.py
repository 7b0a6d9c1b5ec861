"""One persistent HTTP connection to a server under measurement, as cheap as the standard library allows."""

from __future__ import annotations

import http.client
import json
import time
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

_BROKEN = (http.client.HTTPException, ConnectionError)
_TRIES = 20
_BUSY = {429, 503}


class BenchError(Exception):
    """The server did what a benchmark cannot go on from."""


class Client:
    """A connection for one thread; reconnects where the server closed it, waits where it says so."""

    def __init__(self, url: str, *, token: str, timeout_s: float = 120) -> None:
        self._host = urlsplit(url).netloc
        self._headers = {"Authorization": f"Bearer {token}"}
        self._timeout_s = timeout_s
        self._connection = self._connect()
        self.refused = 0
        """Answers of 429 and 503."""
        self.reconnected = 0

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self._host, timeout=self._timeout_s)

    def ingest(self, source: str, body: bytes) -> dict[str, Any]:
        """The receipt of one NDJSON batch; sent again whenever the server asks for that."""
        headers = self._headers | {"Content-Type": "application/x-ndjson"}
        path = f"/v1/ingest/{quote(source)}"
        broken = 0
        while True:
            try:
                status, after_s, answer = self._once("POST", path, headers, body)
            except _BROKEN as error:
                broken += 1
                self.reconnected += 1
                self._connection.close()
                self._connection = self._connect()
                if broken == _TRIES:
                    raise BenchError(
                        f"POST {path}: the connection broke {broken} times: {error!r}"
                    ) from error
                time.sleep(0.1)
                continue
            if status in _BUSY:
                self.refused += 1
                time.sleep(after_s)
                continue
            return _document("POST", path, status, answer)

    def get(self, path: str, **query: str | int | None) -> dict[str, Any]:
        """The JSON document at `path`; parameters that are None are left out."""
        given = {name: value for name, value in query.items() if value is not None}
        where = f"{path}?{urlencode(given)}" if given else path
        return _document("GET", where, *self._got(where))

    def text(self, path: str) -> str:
        """What is at `path`, as text."""
        status, answer = self._got(path)
        if status != http.client.OK:
            raise BenchError(f"GET {path}: {status} {answer[:300]!r}")
        return answer.decode()

    def _got(self, where: str) -> tuple[int, bytes]:
        for left in reversed(range(_TRIES)):
            try:
                status, after_s, answer = self._once("GET", where, self._headers, None)
            except _BROKEN as error:
                self.reconnected += 1
                self._connection.close()
                self._connection = self._connect()
                if not left:
                    raise BenchError(f"GET {where}: {error!r}") from error
                time.sleep(0.05)
                continue
            if status not in _BUSY or not left:
                return status, answer
            self.refused += 1
            time.sleep(after_s)
        raise AssertionError("unreachable: the last try returns or raises")

    def _once(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None
    ) -> tuple[int, float, bytes]:
        try:
            self._connection.request(method, path, body, headers)
        except ConnectionError:
            if self._connection.sock is None:
                raise
            # A server that refuses early closes while the body is on its way: its answer is there.
        answer = self._connection.getresponse()
        content = answer.read()
        return answer.status, _seconds(answer.headers.get("Retry-After")), content

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def _seconds(retry_after: str | None) -> float:
    try:
        return max(0.01, float(retry_after or ""))
    except ValueError:
        return 1.0


def _document(method: str, path: str, status: int, answer: bytes) -> dict[str, Any]:
    if status != http.client.OK:
        raise BenchError(f"{method} {path}: {status} {answer[:300]!r}")
    document = json.loads(answer)
    if not isinstance(document, dict):
        raise BenchError(f"{method} {path}: not an object: {answer[:300]!r}")
    return document
