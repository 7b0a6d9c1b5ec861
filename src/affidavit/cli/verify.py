"""`affidavit verify`: recompute everything from what is stored, and say what is wrong, and where."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Annotated, Any

import typer

from affidavit.cli import output
from affidavit.cli.exit_codes import VERIFICATION
from affidavit.cli.options import DEFAULT_DATA, Data, Json
from affidavit.cli.trusted import PolicyFile

_SHOWN = 20


def verify(  # noqa: PLR0913 - one argument an option
    data: Data = DEFAULT_DATA,
    key: Annotated[
        Path | None,
        typer.Option(
            "--key", help="File with the log's verifier keys, kept elsewhere than the data directory."
        ),
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            "--checkpoint", help="File with an earlier checkpoint; the log must be a continuation of it."
        ),
    ] = None,
    policy: PolicyFile = None,
    roots: Annotated[
        Path | None, typer.Option("--roots", help="Root certificates (PEM) of the time-stamping authority.")
    ] = None,
    *,
    last: Annotated[
        bool,
        typer.Option("--last", help="Only say when the background scrub has verified everything last."),
    ] = False,
    json: Json = False,
) -> None:
    """Recompute everything from what is stored: parts, entries, tiles, root, signature, sequences, columns.

    Reads the data directory itself, also while a server runs on it, and believes nothing that a server says.
    The checkpoint is held against --policy, or else [witness] policy; timestamps of kept checkpoints are believed
    under --roots, or else [timestamp] roots, and what they contradict is a difference. Exits with 3 on any
    difference, and where the policy's witnesses did not cosign the checkpoint.
    """
    if last:
        from affidavit.assembly.upkeep import last_verified

        _print_last(last_verified(data), json=json)
        return
    from affidavit.assembly.verification import verify_directory

    gc.freeze()  # looking through what is loaded, as the interpreter does at its end, takes a fifth of loading it
    report = verify_directory(
        data, keys_file=key, checkpoint_file=checkpoint, policy_file=policy, roots_file=roots
    )
    if json:
        output.line(report.as_dict())
    else:
        for difference in report.differences[:_SHOWN]:
            output.note(f"{difference.code}: {difference.where}: {difference.what}")
        if len(report.differences) > _SHOWN:
            output.note(f"… and {len(report.differences) - _SHOWN} more; --json lists them all.")
        output.text(report.summary())
    if report.differences:
        raise typer.Exit(VERIFICATION)


def _print_last(said: dict[str, Any], *, json: bool) -> None:
    """What the scrub knows; exits with 3 where its finding is open."""
    if json:
        output.line(said)
    else:
        verified, finding = said["verified"], said["finding"]
        if verified is None:
            output.text("Not verified in full yet by the background scrub.")
        else:
            output.text(
                f"Last fully verified: {verified['size']} entries, between {verified['began']} and "
                f"{verified['ended']}{'; the next time is overdue' if said['late'] else ''}."
            )
        if finding is not None:
            output.note(f"{finding['code']}: {finding['where']}: found {finding['found']}, and still open")
    if said["finding"] is not None:
        raise typer.Exit(VERIFICATION)
