"""The `affidavit` command: its verbs, and what an error looks like."""

from __future__ import annotations

import gc
import sys
from typing import Annotated

import typer

from affidavit import __version__
from affidavit.cli import evidence, keys, output, proof, quarantine, sources, tokens, witness
from affidavit.cli.checkpoint import checkpoint
from affidavit.cli.consistency import consistency
from affidavit.cli.drill import drill
from affidavit.cli.exit_codes import EPILOG, exit_code
from affidavit.cli.fsck import fsck
from affidavit.cli.import_ import import_
from affidavit.cli.init import init
from affidavit.cli.search import HELP as SEARCH_HELP
from affidavit.cli.search import search
from affidavit.cli.serve import serve
from affidavit.cli.show import show
from affidavit.cli.verify import verify
from affidavit.core.errors import AffidavitError

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="An audit-ready access log: who did what, when, and proof that nothing is missing or changed.",
    epilog=EPILOG,
)
app.command("init", epilog=EPILOG)(init)
app.command("serve", epilog=EPILOG)(serve)
app.command("import", epilog=EPILOG)(import_)
app.command("search", help=SEARCH_HELP, epilog=EPILOG)(search)
app.command("show", epilog=EPILOG)(show)
app.command("verify", epilog=EPILOG)(verify)
app.command("fsck", epilog=EPILOG)(fsck)
app.command("drill", epilog=EPILOG)(drill)
app.command("checkpoint", epilog=EPILOG)(checkpoint)
app.command("consistency", epilog=EPILOG)(consistency)
app.add_typer(proof.app, name="proof", epilog=EPILOG)
app.add_typer(evidence.app, name="evidence", epilog=EPILOG)
app.add_typer(sources.app, name="sources", epilog=EPILOG)
app.add_typer(keys.app, name="keys", epilog=EPILOG)
app.add_typer(tokens.app, name="tokens", epilog=EPILOG)
app.add_typer(quarantine.app, name="quarantine", epilog=EPILOG)
app.add_typer(witness.app, name="witness", epilog=EPILOG)


def _version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it so
    if wanted:
        output.text(f"affidavit {__version__}")
        raise typer.Exit


@app.callback()
def root(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")
    ] = False,
) -> None:
    """Options before the verb."""
    del version


def main() -> None:
    """Run the command; every error of this project becomes one message and one exit code.

    Typer itself ends the process for what it refuses (2), for Ctrl-C (130) and for a reader of stdout that
    went away (1).
    """
    # A command loads much and makes few cycles; collecting them while it loads takes a sixth of its time.
    gc.set_threshold(50_000, 20, 100)
    try:
        app()
    except AffidavitError as error:
        output.note(f"affidavit: {error}" + (f"\n{error.hint}" if error.hint else ""))
        sys.exit(exit_code(error))
