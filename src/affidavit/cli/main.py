"""The `affidavit` command: its verbs, and what an error looks like."""

from __future__ import annotations

import sys
from typing import Annotated

import click
import typer

from affidavit import __version__
from affidavit.cli import output, quarantine, sources, tokens
from affidavit.cli.checkpoint import checkpoint
from affidavit.cli.exit_codes import OPERATIONAL, USAGE, exit_code
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
    epilog="Exit codes: 0 fine, 1 operational error, 2 usage, 3 verification failed, 4 gap found.",
)
app.command("init")(init)
app.command("serve")(serve)
app.command("import")(import_)
app.command("search", help=SEARCH_HELP)(search)
app.command("show")(show)
app.command("verify")(verify)
app.command("checkpoint")(checkpoint)
app.add_typer(sources.app, name="sources")
app.add_typer(tokens.app, name="tokens")
app.add_typer(quarantine.app, name="quarantine")


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
    """Run the command; every error of this project becomes one message and one exit code."""
    try:
        code = app(standalone_mode=False)
    except AffidavitError as error:
        output.note(f"affidavit: {error}" + (f"\n{error.hint}" if error.hint else ""))
        sys.exit(exit_code(error))
    except click.ClickException as error:
        error.show()
        sys.exit(USAGE)
    except (click.Abort, KeyboardInterrupt):
        output.note("affidavit: interrupted")
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(OPERATIONAL)
    sys.exit(code if isinstance(code, int) else 0)
