"""`affidavit consistency`: that the log only grew between two checkpoints."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from affidavit.cli import output
from affidavit.cli.client import Client, reach
from affidavit.cli.options import DEFAULT_DATA, Data, Json, Server
from affidavit.cli.trusted import KeyFile, PolicyFile, Trusted
from affidavit.core.errors import LogFormatError, UsageError, VerificationError
from affidavit.formats.tlog.merkle import verify_consistency

_FORKED = "Keep both checkpoints: two signed ones that no proof joins convict whoever holds the key."


class _Tree(NamedTuple):
    """A tree as one side says it was."""

    size: int
    root: bytes | None
    """None where only the size was named."""


def consistency(  # noqa: PLR0913 - one argument an option
    earlier: Annotated[str, typer.Argument(metavar="FROM", help="A file with a checkpoint, or a size.")],
    later: Annotated[
        str | None, typer.Argument(metavar="[TO]", help="Likewise; without it the newest checkpoint.")
    ] = None,
    key: KeyFile = None,
    policy: PolicyFile = None,
    data: Data = DEFAULT_DATA,
    server: Server = None,
    *,
    json: Json = False,
) -> None:
    """Verify that the log of checkpoint TO extends the one of FROM; exits with 3 where it does not.

    Without --key and --policy the log's keys are those that the server states. From keys of any time the
    rotations that the log has sealed are followed. A size in place of a checkpoint takes the root from the log's
    tiles: then only TO is held against a signature.
    """
    trusted = Trusted(key, policy)
    with reach(data, server) as client:
        stated = client.get("/v1/checkpoint")
        if not trusted.anybody:
            trusted.believe(stated["verifier_keys"])
        try:
            trusted.follow(_rotations(client))
            newest = trusted.open(stated["note"].encode()).checkpoint
            first = _tree(earlier, trusted, newest.origin)
            last = _Tree(newest.size, newest.root) if later is None else _tree(later, trusted, newest.origin)
            proven = _prove(client, first, last, _Tree(newest.size, newest.root))
        except (LogFormatError, VerificationError) as error:
            raise VerificationError(error.message, code=error.code, hint=_FORKED) from error
    if json:
        output.line({"origin": newest.origin, **proven})
    else:
        output.text(
            f"Verified: {newest.origin} with {proven['to']} entries extends the log of {proven['from']} entries"
            f" ({len(proven['hashes'])} hashes)."
        )


def _rotations(client: Client) -> list[tuple[int, bytes]]:
    """Each statement by which the log's keys changed, with its index: the last entry under the old keys."""
    handovers = [held["until_size"] for held in client.get("/v1/keys") if held["until_size"] is not None]
    return [(size - 1, client.get(f"/v1/records/{size - 1}")["raw"].encode()) for size in handovers]


def _tree(named: str, trusted: Trusted, origin: str) -> _Tree:
    """The tree that a size or a checkpoint's file names."""
    if named.isascii() and named.isdigit():
        return _Tree(int(named), None)
    try:
        note = Path(named).read_bytes()
    except OSError as error:
        raise UsageError(
            f"{named} is neither a size nor a file that can be read", code="checkpoint"
        ) from error
    checkpoint = trusted.open(note).checkpoint
    if checkpoint.origin != origin:
        raise VerificationError(f"{named} is of {checkpoint.origin!r}, not of {origin!r}", code="note-origin")
    return _Tree(checkpoint.size, checkpoint.root)


def _prove(client: Client, first: _Tree, last: _Tree, newest: _Tree) -> dict[str, Any]:
    """Verifies first → last and, where last was named by its size alone, last → newest."""
    for tree in (first, last):
        if tree.root is not None and tree.size > newest.size:
            raise VerificationError(
                f"the log has {newest.size} entries, but a checkpoint of {tree.size} was signed: it was rolled back",
                code="rolled-back",
            )
    said = _verify(client, first, last)
    if last.root is None:
        _verify(client, _Tree(last.size, bytes.fromhex(said["to_root"])), newest)
    said.pop("checkpoint")
    return said


def _verify(client: Client, first: _Tree, last: _Tree) -> dict[str, Any]:
    said: dict[str, Any] = client.get("/v1/consistency", **{"from": first.size, "to": last.size})
    verify_consistency(
        first.size,
        size2=last.size,
        root1=first.root or bytes.fromhex(said["from_root"]),
        root2=last.root or bytes.fromhex(said["to_root"]),
        proof=[base64.b64decode(node) for node in said["hashes"]],
    )
    return said
