"""How a command reaches the log: always through the API, of a running server or of one inside this process.

So a command does the same, and prints the same, with a server and without.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from affidavit.core.errors import (
    AccessError,
    AffidavitError,
    NotFoundError,
    OperationalError,
    OverloadedError,
    UsageError,
    VerificationError,
)

if TYPE_CHECKING:
    import httpx

TOKEN = "AFFIDAVIT_TOKEN"  # noqa: S105 - the variable's name, not a token
_BY_STATUS: Mapping[int, type[AffidavitError]] = {
    400: UsageError,
    401: AccessError,
    403: AccessError,
    404: NotFoundError,
    409: UsageError,
}
_TIMEOUT_S = 600.0


class Problem(msgspec.Struct):
    """What the API says of an error."""

    code: str = "http"
    message: str = ""
    hint: str = ""


class Client:
    """Speaks to the API; blocking."""

    def __init__(self, http: httpx.AsyncClient, runner: asyncio.Runner) -> None:
        self._http = http
        self._runner = runner

    def get(self, path: str, **parameters: Any) -> Any:
        """The decoded answer of a GET; parameters that are None are left out."""
        return msgspec.json.decode(self.get_bytes(path, **parameters))

    def get_bytes(self, path: str, **parameters: Any) -> bytes:
        """The answer of a GET as it is."""
        asked = {name: value for name, value in parameters.items() if value is not None}
        return self._send("GET", path, params=asked).content

    def post(self, path: str, body: object) -> Any:
        """The decoded answer of a POST of JSON."""
        content = msgspec.json.encode(body)
        answer = self._send("POST", path, content=content, headers={"Content-Type": "application/json"})
        return msgspec.json.decode(answer.content)

    def delete(self, path: str) -> Any:
        """The decoded answer of a DELETE."""
        return msgspec.json.decode(self._send("DELETE", path).content)

    def upload(self, path: str, body: bytes | AsyncIterator[bytes], headers: Mapping[str, str]) -> Any:
        """The decoded answer of a POST of events."""
        return msgspec.json.decode(self._send("POST", path, content=body, headers=dict(headers)).content)

    def _send(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        import httpx

        try:
            answer = self._runner.run(self._http.request(method, path, **arguments))
        except httpx.HTTPError as error:
            raise OperationalError(
                f"the server does not answer: {error}", code="unreachable", hint="Is it running?"
            ) from error
        if answer.is_success:
            return answer
        raise _error(answer)


def _error(answer: httpx.Response) -> AffidavitError:
    """The API's problem as the error that it was."""
    try:
        problem = msgspec.json.decode(answer.content, type=Problem)
    except msgspec.DecodeError:
        problem = Problem()
    problem.message = problem.message or f"the server answered {answer.status_code}"
    if answer.status_code in (429, 503):
        wait = answer.headers.get("retry-after", "1")
        return OverloadedError(problem.message, retry_after_s=int(wait) if wait.isdigit() else 1)
    kind = VerificationError if problem.code == "verification" else _BY_STATUS.get(answer.status_code)
    return (kind or OperationalError)(problem.message, code=problem.code, hint=problem.hint)


@contextmanager
def reach(data: Path, server: str | None) -> Iterator[Client]:
    """The API: of `server`, or of the server on the data directory, or, where none runs, inside this process."""
    import httpx

    with asyncio.Runner() as runner:
        if server is not None:
            token = os.environ.get(TOKEN)
            if not token:
                raise UsageError(
                    f"--server needs a token in the environment variable {TOKEN}", code="token-missing"
                )
            with _closing(runner, _http(server, token)) as http:
                yield Client(http, runner)
            return
        from affidavit.assembly.running import running_server

        running = running_server(data)
        if running is not None:
            with _closing(runner, _http(running.url, running.token, verify=running.certificate)) as http:
                yield Client(http, runner)
            return
        from affidavit.assembly.local import local_services
        from affidavit.server.app import create_app

        with local_services(data) as (services, token):
            transport = httpx.ASGITransport(app=create_app(services))  # type: ignore[arg-type]
            with _closing(runner, _http("http://affidavit.local", token, transport=transport)) as http:
                yield Client(http, runner)


def _http(
    url: str, token: str, *, transport: httpx.AsyncBaseTransport | None = None, verify: str | None = None
) -> httpx.AsyncClient:
    import ssl

    import httpx

    trust: ssl.SSLContext | bool = ssl.create_default_context(cafile=verify) if verify else True
    return httpx.AsyncClient(
        base_url=url,
        headers={"Authorization": f"Bearer {token}"},
        timeout=_TIMEOUT_S,
        transport=transport,
        verify=trust,
        trust_env=False,
    )


@contextmanager
def _closing(runner: asyncio.Runner, http: httpx.AsyncClient) -> Iterator[httpx.AsyncClient]:
    try:
        yield http
    finally:
        runner.run(http.aclose())
