"""The real application over a data directory of its own, inside this process: no network, no mocks."""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx

from affidavit.assembly.initialise import initialise
from affidavit.assembly.local import local_services
from affidavit.server.app import create_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from affidavit.server.services import Services

_PATIENCE_S = 20.0


class Api:
    """Asks the API; blocking. `token` is the owner's unless a request names another, or None for none."""

    def __init__(
        self, http: httpx.AsyncClient, runner: asyncio.Runner, services: Services, owner: str
    ) -> None:
        self._http = http
        self._runner = runner
        self.services = services
        self.owner = owner

    def send(
        self,
        method: str,
        path: str,
        *,
        token: str | None = "",
        headers: dict[str, str] | None = None,
        **arguments: Any,
    ) -> httpx.Response:
        """The answer to any request, whatever it is."""
        held = self.owner if token == "" else token
        sent = {} if held is None else {"Authorization": f"Bearer {held}"}
        return self._runner.run(
            self._http.request(method, path, headers={**sent, **(headers or {})}, **arguments)
        )

    def get(self, path: str, **arguments: Any) -> httpx.Response:
        """The answer to a GET."""
        return self.send("GET", path, **arguments)

    def post(self, path: str, json: object, **arguments: Any) -> httpx.Response:
        """The answer to a POST of JSON."""
        return self.send("POST", path, json=json, **arguments)

    def ingest(
        self, source: str, body: bytes | AsyncIterator[bytes], *, token: str | None = "", **headers: str
    ) -> httpx.Response:
        """The answer to a batch; `content_encoding="gzip"` is the header Content-Encoding."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.send("POST", f"/v1/ingest/{source}", content=body, headers=named, token=token)

    def declare(self, source: str, kind: str = "okta.system_log") -> str:
        """A declared source."""
        assert self.post("/v1/sources", {"name": source, "type": kind}).status_code == 201
        return source

    def token(self, *scopes: str) -> str:
        """The text of a new token."""
        text: str = self.post("/v1/tokens", {"scopes": list(scopes), "name": "test"}).json()["token"]
        return text

    def sealed(self, batch: str) -> dict[str, Any]:
        """The receipt of the batch once it is sealed."""
        until = time.monotonic() + _PATIENCE_S
        while time.monotonic() < until:
            receipt: dict[str, Any] = self.get(f"/v1/receipts/{batch}").json()
            if receipt.get("state") == "sealed":
                return receipt
            time.sleep(0.02)
        raise AssertionError(f"batch {batch} was not sealed within {_PATIENCE_S} s")

    def sent(self, source: str, body: bytes) -> dict[str, Any]:
        """The sealed receipt of a batch that is good."""
        answer = self.ingest(source, body)
        assert answer.status_code == 200, answer.text
        return self.sealed(answer.json()["batch"])


@contextmanager
def api_in_process(path: Path) -> Iterator[Api]:
    """The API over a new data directory at `path`."""
    owner = initialise(path, origin="log.harborline.example/test").token
    with api_over(path, owner=owner) as api:
        yield api


@contextmanager
def api_over(path: Path, *, owner: str | None = None) -> Iterator[Api]:
    """The API over the data directory at `path`; without `owner`'s token the directory's owner asks."""
    with asyncio.Runner() as runner, local_services(path) as (services, secret):
        transport = httpx.ASGITransport(app=create_app(services))  # type: ignore[arg-type]
        http = httpx.AsyncClient(base_url="http://affidavit.test", transport=transport)
        try:
            yield Api(http, runner, services, owner or secret)
        finally:
            runner.run(http.aclose())
