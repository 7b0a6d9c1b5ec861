"""`affidavit search`: the records that match, newest first, all of them unless a limit is named."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import typer

from affidavit.cli import output
from affidavit.cli.client import Client, reach
from affidavit.cli.options import DEFAULT_DATA, Data, Json, Server

_PAGE = 2000
_lines = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode

HELP = """Search the sealed records, newest first.

QUERY is words and FIELD:VALUE terms, all of which must match; empty is everything. Fields: actor, action,
resource, outcome, class, source, ip, kind. A * stands for anything, quotes keep words together, - or NOT
negates, OR and parentheses combine:

affidavit search 'actor:alice@example.com outcome:failure -source:ci' --since 7d
"""


def search(  # noqa: PLR0913 - one argument an option
    query: Annotated[str, typer.Argument(help="What to look for.")] = "",
    since: Annotated[
        str | None, typer.Option("--since", help="From this event time: 7d, 2h, 2026-11-01, or RFC 3339.")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", help="Up to this event time.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="At most so many records.")] = None,
    data: Data = DEFAULT_DATA,
    server: Server = None,
    *,
    json: Json = False,
) -> None:
    """Search the sealed records."""
    with reach(data, server) as client:
        shown, more = _run(client, query, since, until, limit, json=json)
    if more:
        output.note(
            f"Showing the newest {shown} records; more match. Raise --limit or leave it out to see them."
        )
    elif not shown and not json:
        output.note("No record matches.")


def _run(  # noqa: PLR0913 - the command's options
    client: Client, query: str, since: str | None, until: str | None, limit: int | None, *, json: bool
) -> tuple[int, bool]:
    """Print page after page; how many records, and whether more match."""
    shown = 0
    cursor: str | None = None
    while True:
        wanted = _PAGE if limit is None else min(_PAGE, limit - shown)
        answer = client.get_bytes(
            "/v1/search", q=query, since=since, until=until, limit=wanted, cursor=cursor
        )
        page = msgspec.json.decode(answer, type=_Page)
        for record in page.records:
            if json:
                output.raw(bytes(record))
            else:
                output.text(sentence(_lines(record)))
        shown += len(page.records)
        cursor = page.next
        if cursor is None or (limit is not None and shown >= limit):
            return shown, cursor is not None


class _Page(msgspec.Struct):
    records: list[msgspec.Raw]
    next: str | None


def sentence(record: dict[str, msgspec.Raw]) -> str:
    """One record as one line for a person: when, outcome, who, what, which, from where, and its index."""
    event: dict[str, Any] = msgspec.json.decode(record["event"])
    index = msgspec.json.decode(record["index"])
    source = msgspec.json.decode(record["source"])
    actor = (event.get("actor") or {}).get("user") or event.get("user") or {}
    who = actor.get("email_addr") or actor.get("name") or actor.get("uid") or "-"
    code = (event.get("metadata") or {}).get("event_code") or event.get("activity_name") or "-"
    place = event.get("src_endpoint") or {}
    where = place.get("ip") or place.get("hostname") or place.get("svc_name") or "-"
    return (
        f"{_moment(event.get('time'))}  #{index}  {source}  {event.get('status') or '-'}  "
        f"{who}  {code}  {_target(event)}  from {where}"
    ).replace("\n", " ")


def _moment(time_ms: object) -> str:
    from affidavit.core.clock import isoformat

    return isoformat(time_ms * 1000)[:-4] + "Z" if isinstance(time_ms, int) else "-"


def _target(event: dict[str, Any]) -> str:
    for name in ("resources", "web_resources"):
        found = event.get(name)
        if isinstance(found, list) and found and isinstance(found[0], dict):
            more = f" (+{len(found) - 1})" if len(found) > 1 else ""
            return str(found[0].get("name") or found[0].get("uid") or "-") + more
    for name in ("entity", "group", "resource", "user", "service", "dst_endpoint", "database"):
        found = event.get(name)
        if isinstance(found, dict):
            label = found.get("email_addr") or found.get("name") or found.get("hostname") or found.get("uid")
            if label:
                return str(label)
    return "-"
