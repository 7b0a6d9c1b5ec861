"""`affidavit evidence`: bundles that prove what the log says to somebody who trusts neither server nor operator."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from affidavit.cli import output
from affidavit.cli.exit_codes import EPILOG, VERIFICATION
from affidavit.cli.options import Json
from affidavit.core.errors import UsageError

app = typer.Typer(no_args_is_help=True, help="Make and verify evidence bundles.")


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
