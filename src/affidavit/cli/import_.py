"""`affidavit import`: files into the log, with the same guarantees as over HTTP, and resumable.

A file goes in batches. Each batch carries an Idempotency-Key that follows from the bytes of the file up to
its end, so a run that was interrupted can simply be repeated: what is there already is not added again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from affidavit.cli import output
from affidavit.cli.client import Client, reach
from affidavit.cli.options import DEFAULT_DATA, Data, Json, Server
from affidavit.core.errors import NotFoundError, OverloadedError

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_PATIENCE_S = 600.0


def import_(  # noqa: PLR0913 - one argument an option
    files: Annotated[
        list[str], typer.Argument(help="Files (plain, .gz, .zst), folders, or - for standard input.")
    ],
    source: Annotated[str, typer.Option("--source", help="The source's name; declared if it is not yet.")],
    type_: Annotated[str | None, typer.Option("--type", help="One of `affidavit sources types`.")] = None,
    data: Data = DEFAULT_DATA,
    server: Server = None,
    *,
    json: Json = False,
) -> None:
    """Import files; prints what was accepted and what went to quarantine."""
    from affidavit.cli.import_files import found

    paths = list(found(files))
    with reach(data, server) as client:
        _declare(client, source, type_)
        with _progress(paths) as (progress, task):
            totals = {"files": 0, "accepted": 0, "quarantined": 0, "repeated": 0}
            refused: list[dict[str, Any]] = []
            for path in paths:
                for answer in _one(client, source, path, progress, task):
                    totals["accepted"] += answer["accepted"]
                    totals["quarantined"] += answer["quarantined"]
                    refused += answer["quarantine"]
                totals["files"] += 1
    if json:
        output.line(
            {"source": source, **{k: v for k, v in totals.items() if k != "repeated"}, "quarantine": refused}
        )
        return
    files_ = "1 file" if totals["files"] == 1 else f"{totals['files']} files"
    output.text(f"{files_}: {totals['accepted']} accepted, {totals['quarantined']} quarantined")
    for line in refused[:10]:
        output.note(
            f"  {line['file']}:{line['line']} (byte {line['byte']}): {line['code']}: {line['reason']}"
        )
    if totals["quarantined"]:
        output.note("See `affidavit quarantine list`.")


def _declare(client: Client, source: str, type_: str | None) -> None:
    """The source exists, and is of the type that was named."""
    declared = {row["name"]: row["type"] for row in client.get("/v1/sources")}
    if type_ is None:
        if source not in declared:
            raise NotFoundError(
                f"source {source!r} is not declared", code="unknown-source", hint="Name its type with --type."
            )
        return
    if declared.get(source) != type_:
        client.post("/v1/sources", {"name": source, "type": type_})


def _one(
    client: Client, source: str, path: Path | None, progress: Progress, task: TaskID
) -> Iterator[dict[str, Any]]:
    """Send one file; each batch's receipt, its refused lines counted from the file's beginning."""
    from affidavit.cli.import_files import batches

    for batch in batches(path):
        answer = _sent(client, source, batch.body, batch.key)
        for line in answer["quarantine"]:
            line["file"] = "-" if path is None else str(path)
            line["line"] += batch.lines_before
            line["byte"] += batch.bytes_before
        progress.update(task, completed=None, advance=batch.read_bytes)
        yield answer


def _sent(client: Client, source: str, body: bytes, key: str) -> dict[str, Any]:
    """Send one batch, waiting where the server asks for it."""
    until = time.monotonic() + _PATIENCE_S
    while True:
        try:
            answer: dict[str, Any] = client.upload(f"/v1/ingest/{source}", body, {"Idempotency-Key": key})
        except OverloadedError as error:
            if time.monotonic() > until:
                raise
            time.sleep(error.retry_after_s)
            continue
        return answer


def _progress(paths: list[Path | None]) -> Any:
    """A progress bar on a terminal, nothing elsewhere."""
    from contextlib import contextmanager

    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    sizes = [None if path is None else path.stat().st_size for path in paths]
    total = None if None in sizes else sum(size for size in sizes if size is not None)

    @contextmanager
    def shown() -> Iterator[tuple[Progress, TaskID]]:
        console = Console(stderr=True)
        columns = (TextColumn("importing"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
            yield progress, progress.add_task("import", total=total)

    return shown()
