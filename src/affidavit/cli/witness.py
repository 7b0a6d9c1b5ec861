"""`affidavit witness`: cosign for the logs of others."""

from __future__ import annotations

import typer

from affidavit.cli.exit_codes import EPILOG
from affidavit.cli.witness_add_log import add_log
from affidavit.cli.witness_init import init
from affidavit.cli.witness_serve import serve

app = typer.Typer(
    no_args_is_help=True,
    help="Be a witness: cosign the checkpoints of logs, each only while it extends all before it.",
)
app.command("init", epilog=EPILOG)(init)
app.command("add-log", epilog=EPILOG)(add_log)
app.command("serve", epilog=EPILOG)(serve)
