"""`affidavit evidence`: bundles that prove what the log says to somebody who trusts neither server nor operator."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from affidavit.cli import output
from affidavit.cli.client import Client, reach
from affidavit.cli.exit_codes import EPILOG, VERIFICATION
from affidavit.cli.options import DEFAULT_DATA, Data, Json, Server
from affidavit.core.errors import OperationalError, UsageError

app = typer.Typer(no_args_is_help=True, help="Make and verify evidence bundles.")
_FIRST_POLL_S, _LONGEST_POLL_S = 0.1, 0.5
_PARTS = "actor, detail, facts, raw, target"


@app.command("create", epilog=EPILOG)
def create(  # noqa: PLR0913 - one argument an option
    query: Annotated[str, typer.Argument(help="Whose content to disclose, as in `affidavit search`.")] = "",
    since: Annotated[
        str | None,
        typer.Option("--since", help="From this time of receipt: 7d, 2h, 2026-11-01, or RFC 3339."),
    ] = None,
    until: Annotated[str | None, typer.Option("--until", help="Up to this time of receipt.")] = None,
    disclose: Annotated[
        str | None, typer.Option("--disclose", help=f"Parts to show beside facts, by commas: {_PARTS}.")
    ] = None,
    withhold: Annotated[
        str | None, typer.Option("--withhold", help="Show all parts but these, by commas.")
    ] = None,
    to: Annotated[Path, typer.Option("-o", "--output", help="The file to write.")] = Path("bundle.zip"),
    data: Data = DEFAULT_DATA,
    server: Server = None,
    *,
    json: Json = False,
) -> None:
    """Make a bundle: every entry of the period, the matching records' parts, and what proves them.

    Without --disclose or --withhold it shows who did what: actor, facts and target. The log itself records who
    asked for it.
    """
    if to.exists():
        raise UsageError(f"{to} exists already", code="file", hint="Name another file with -o.")
    asked = {"query": query, "since": since, "until": until}
    for name, parts in (("disclose", disclose), ("withhold", withhold)):
        if parts is not None:
            asked[name] = [part for part in map(str.strip, parts.split(",")) if part]  # type: ignore[assignment]
    with reach(data, server) as client:
        done = _awaited(client, client.post("/v1/evidence", asked)["id"])
        answer = client.get_bytes(f"/v1/evidence/{done['id']}/bundle")
    try:
        to.touch(mode=0o600, exist_ok=False)
        to.write_bytes(answer)
    except OSError as error:
        raise OperationalError(f"{to} cannot be written: {error.strerror}", code="file") from error
    if json:
        output.line({**done, "file": str(to)})
    else:
        output.text(f"{to}: {done['records']} records, {done['bytes']} bytes, SHA-256 {done['sha256']}")


def _awaited(client: Client, bundle: str) -> dict[str, Any]:
    """The bundle's state once it is done; what it failed with is raised."""
    shown = False
    pause_s = _FIRST_POLL_S
    while True:
        state: dict[str, Any] = client.get(f"/v1/evidence/{bundle}")
        if state["state"] == "done":
            if shown:
                sys.stderr.write("\n")
            return state
        if state["state"] == "failed":
            raise OperationalError(
                f"the bundle could not be made: {state['error']['message']}", code=state["error"]["code"]
            )
        if state["total"] and sys.stderr.isatty():
            sys.stderr.write(f"\r{state['done']} of {state['total']} records")
            sys.stderr.flush()
            shown = True
        time.sleep(pause_s)
        pause_s = min(_LONGEST_POLL_S, 1.5 * pause_s)


@app.command("verify", epilog=EPILOG)
def verify(
    bundle: Annotated[Path, typer.Argument(help="The bundle, a ZIP file.")],
    key: Annotated[
        list[str] | None,
        typer.Option(
            "--key", help="A verifier key of the log that you did not get from the bundle; repeat it."
        ),
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option("--policy", help="Logs, witnesses and quorum that you believe, as a C2SP tlog-policy."),
    ] = None,
    roots: Annotated[
        Path | None, typer.Option("--roots", help="Root certificates (PEM) of the time-stamping authority.")
    ] = None,
    *,
    json: Json = False,
) -> None:
    """Verify a bundle offline; needs no data directory, no server and no network.

    Says what is proven and what is not. Exits with 3 on any fault.
    """
    from affidavit.evidence.bundle.trusting import read_trust
    from affidavit.evidence.bundle.verify import verify_bundle

    trust = read_trust(
        keys=key or (),
        policy=None if policy is None else _read(policy),
        roots=None if roots is None else _read(roots),
    )
    try:
        with bundle.open("rb") as file:
            verdict = verify_bundle(file, trust)
    except OSError as error:
        raise _unreadable(bundle, error) from error
    if json:
        output.line(verdict.as_dict())
    else:
        output.text(verdict.text())
    if not verdict.verified:
        raise typer.Exit(VERIFICATION)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> UsageError:
    return UsageError(f"{path} cannot be read: {error.strerror}", code="file")
