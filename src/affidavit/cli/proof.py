"""`affidavit proof`: that one entry is in the log, as a file that stands alone, and the check of such a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from affidavit.cli import output
from affidavit.cli.client import reach
from affidavit.cli.exit_codes import EPILOG
from affidavit.cli.options import DEFAULT_DATA, Data, Json, Server
from affidavit.cli.trusted import KeyFile, PolicyFile, Trusted
from affidavit.core.errors import LogFormatError, UsageError, VerificationError
from affidavit.formats.tlog.merkle import leaf_hash, verify_inclusion
from affidavit.formats.tlog.proof import TlogProof, parse_proof

_REFUSED = "Believe nothing of this entry on the strength of this file."


class _IndexFirst(TyperGroup):
    """`affidavit proof 12` is `affidavit proof make 12`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in {*self.commands, "--help"}:
            args = ["make", *args]
        parsed: list[str] = super().parse_args(ctx, args)
        return parsed


app = typer.Typer(
    cls=_IndexFirst,
    no_args_is_help=True,
    help="Prove that a record is in the log: `affidavit proof INDEX [-o FILE]`; verify such a proof offline.",
)


@app.command("make", epilog=EPILOG)
def make(
    index: Annotated[int, typer.Argument(min=0, help="The record's index in the log.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write the proof to this file.")] = None,
    data: Data = DEFAULT_DATA,
    server: Server = None,
    *,
    with_entry: Annotated[
        bool, typer.Option("--with-entry", help="Put the entry into the file, so that it needs no other.")
    ] = False,
) -> None:
    """Print a record's C2SP tlog-proof under the newest checkpoint; a .tlog-proof file holds just that."""
    with reach(data, server) as client:
        path = f"/v1/records/{index}/proof"
        proof = client.get_bytes(path, extra="entry" if with_entry else None)
    if out is None:
        output.raw(proof.removesuffix(b"\n"))
        return
    try:
        out.write_bytes(proof)
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror}", code="output-file") from error
    output.note(f"{out}: the proof of record {index}")


@app.command("verify", epilog=EPILOG)
def verify(  # noqa: PLR0913 - one argument an option
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The .tlog-proof file.")],
    key: KeyFile = None,
    policy: PolicyFile = None,
    entry: Annotated[
        Path | None,
        typer.Option("--entry", exists=True, dir_okay=False, help="The entry; else the one in the proof."),
    ] = None,
    leaf: Annotated[str | None, typer.Option("--leaf", help="The entry's leaf hash in hex instead.")] = None,
    index: Annotated[int | None, typer.Option("--index", help="The index that the entry must have.")] = None,
    *,
    json: Json = False,
) -> None:
    """Verify a .tlog-proof offline, with keys or a policy that came by another way; exits with 3 on any fault."""
    trusted = Trusted(key, policy)
    if not trusted.anybody:
        raise UsageError("whose signature is to be believed? Name --key or --policy", code="trust")
    try:
        proof = parse_proof(file.read_bytes())
        hashed = _leaf(proof, entry, leaf)
        vouched = trusted.open(proof.checkpoint)
        checkpoint = vouched.checkpoint
        verify_inclusion(
            proof.index, size=checkpoint.size, leaf_hash=hashed, proof=proof.hashes, root=checkpoint.root
        )
        _check_index(proof, index)
    except (LogFormatError, VerificationError) as error:
        raise VerificationError(f"{file}: {error.message}", code=error.code, hint=_REFUSED) from error
    if json:
        output.line(
            {
                "index": proof.index,
                "leaf": hashed.hex(),
                "origin": checkpoint.origin,
                "size": checkpoint.size,
                "root": checkpoint.root.hex(),
                "signatures": vouched.signatures,
            }
        )
        return
    output.text(f"Verified: leaf {hashed.hex()} is record {proof.index} of the {checkpoint.size} entries of")
    output.text(f"{checkpoint.origin}, root {checkpoint.root.hex()}, signed by")
    vouched.print()


def _check_index(proof: TlogProof, index: int | None) -> None:
    if index is not None and index != proof.index:
        raise VerificationError(f"the proof is of record {proof.index}, not of {index}", code="proof-index")


def _leaf(proof: TlogProof, entry: Path | None, leaf: str | None) -> bytes:
    """The leaf hash of what the user says is proven."""
    if entry is not None and leaf is not None:
        raise UsageError("--entry and --leaf exclude each other", code="proof-of-what")
    if leaf is not None:
        try:
            return bytes.fromhex(leaf)
        except ValueError:
            raise UsageError("--leaf is not hexadecimal", code="proof-of-what") from None
    if entry is not None:
        return leaf_hash(entry.read_bytes().removesuffix(b"\n"))  # an entry is JSON and ends with no newline
    if proof.extra is not None:
        return leaf_hash(proof.extra)
    raise UsageError("the file holds no entry: name it with --entry, or its --leaf", code="proof-of-what")
