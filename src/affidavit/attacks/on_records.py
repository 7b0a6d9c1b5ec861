"""Attacks with the age identity: files that open, metadata that fits, and rows that were never sealed so."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from affidavit.attacks.attack import Attack, Attacker
from affidavit.lake.forging import rederived

if TYPE_CHECKING:
    from collections.abc import Callable

    from affidavit.attacks.victim import Victim
    from affidavit.lake.forging import StoredRow

_DAY_US = 86_400_000_000
_HOUR_US = 3_600_000_000


def edited(row: StoredRow) -> StoredRow:
    """The row with another original and another fact, its query columns following."""
    facts, _, raw = row["text"].partition("\n")
    facts = facts[:-1] + ',"comment":"edited"}'
    return rederived({**row, "text": f"{facts}\n{raw}"})


def _one(change: Callable[[StoredRow], StoredRow]) -> Callable[[Victim], None]:
    """The change, made to a record in the middle."""

    def apply(victim: Victim) -> None:
        rows = victim.forger.rows()
        at = len(rows) // 2
        victim.forger.replace([*rows[:at], change(rows[at]), *rows[at + 1 :]])

    return apply


def _all(change: Callable[[list[StoredRow]], list[StoredRow]]) -> Callable[[Victim], None]:
    return lambda victim: victim.forger.change(change)


def _salt(row: StoredRow) -> StoredRow:
    return {**row, "salt": bytes(byte ^ 1 for byte in row["salt"])}


def _column(row: StoredRow) -> StoredRow:
    return {**row, "actors": "\nsomebody-else@attacker.example\n"}


def _entry(row: StoredRow) -> StoredRow:
    return {**row, "mapper": f"{row['mapper']}0"}


def _source(row: StoredRow) -> StoredRow:
    return {**row, "source": "another-source"}


def _backdated(row: StoredRow) -> StoredRow:
    return {**row, "received": row["received"] - _DAY_US}


def _heartbeat(row: StoredRow) -> StoredRow:
    return {**row, "kind": "heartbeat"}


def _erased(row: StoredRow) -> StoredRow:
    facts = row["text"].partition("\n")[0]
    gone = {**row, "salt": None, "actor": None, "target": None, "detail": None, "text": f"{facts}\n"}
    return rederived(gone)


def _deleted(rows: list[StoredRow]) -> list[StoredRow]:
    at = len(rows) // 2
    return rows[:at] + rows[at + 1 :]


def _closed_up(rows: list[StoredRow]) -> list[StoredRow]:
    """A record is taken out and its successors move down, indexes, seqs and all."""
    at = len(rows) // 2
    gone = rows[at]
    moved = [
        {**row, "index": row["index"] - 1, "seq": row["seq"] - (row["source"] == gone["source"])}
        for row in rows[at + 1 :]
    ]
    return rows[:at] + moved


def _inserted(rows: list[StoredRow]) -> list[StoredRow]:
    """A record is put in and its successors move up, indexes, seqs and all."""
    at = len(rows) // 2
    new = rows[at]
    moved = [
        {**row, "index": row["index"] + 1, "seq": row["seq"] + (row["source"] == new["source"])}
        for row in rows[at:]
    ]
    return [*rows[:at], edited(new), *moved]


def _doubled(rows: list[StoredRow]) -> list[StoredRow]:
    return [*rows, rows[len(rows) // 2]]


def _two(rows: list[StoredRow]) -> tuple[StoredRow, StoredRow]:
    """Two records, far apart, that say different things."""
    first = rows[3]
    return first, next(row for row in reversed(rows[:-2]) if row["text"] != first["text"])


def _reordered(rows: list[StoredRow]) -> list[StoredRow]:
    """Two records change places; each keeps everything but its index and, in one source, its seq."""
    first, second = _two(rows)
    seqs = (
        (second["seq"], first["seq"])
        if first["source"] == second["source"]
        else (first["seq"], second["seq"])
    )
    moved = {
        second["index"]: {**first, "index": second["index"], "seq": seqs[0]},
        first["index"]: {**second, "index": first["index"], "seq": seqs[1]},
    }
    return [moved.get(row["index"], row) for row in rows]


def _swapped(rows: list[StoredRow]) -> list[StoredRow]:
    """Two records get each other's parts; their entries, ids and salts stay."""
    first, second = _two(rows)
    parts = itemgetter("text", "actor", "target", "detail", "class_uid")
    names = ("text", "actor", "target", "detail", "class_uid")
    moved = {
        first["index"]: rederived({**first, **dict(zip(names, parts(second), strict=True))}),
        second["index"]: rederived({**second, **dict(zip(names, parts(first), strict=True))}),
    }
    return [moved.get(row["index"], row) for row in rows]


def _without_last_hour(rows: list[StoredRow]) -> list[StoredRow]:
    since = rows[-1]["sealed"] - _HOUR_US
    kept = [row for row in rows if row["sealed"] < since]
    return kept or rows[: len(rows) * 2 // 3]


def _without_first(rows: list[StoredRow]) -> list[StoredRow]:
    return rows[len(rows) // 4 :]


def _attack(name: str, does: str, expected: str, apply: Callable[[Victim], None]) -> Attack:
    return Attack(name=name, attacker=Attacker.DATA_KEY, does=does, expected=expected, apply=apply)


ON_RECORDS = (
    _attack("edited-value", "edits a value of a record, query columns and all", "leaf-differs", _one(edited)),
    _attack("edited-salt", "edits the salt of a record", "leaf-differs", _one(_salt)),
    _attack(
        "edited-query-column",
        "edits a query column only, so that a search finds somebody else",
        "column-differs",
        _one(_column),
    ),
    _attack("edited-entry", "edits the mapping's version in an entry", "leaf-differs", _one(_entry)),
    _attack("edited-source", "gives a record to another source", "leaf-differs", _one(_source)),
    _attack("back-dated", "makes a record a day older", "leaf-differs", _one(_backdated)),
    _attack("forged-heartbeat", "makes a heartbeat of an event", "leaf-differs", _one(_heartbeat)),
    _attack(
        "faked-erasure",
        "takes the salt and the personal parts out of a record; no erasure is sealed",
        "leaf-differs",
        _one(_erased),
    ),
    _attack(
        "early-disposal",
        "takes the oldest quarter of the records out; no disposal is sealed",
        "records-missing",
        _all(_without_first),
    ),
    _attack("deleted-record", "takes a record out", "records-missing", _all(_deleted)),
    _attack(
        "deleted-record-closed-up",
        "takes a record out and moves all that follow down, so that no number is missing",
        "leaf-differs",
        _all(_closed_up),
    ),
    _attack(
        "deleted-last-hour",
        "takes the last hour out of the lake",
        "records-missing",
        _all(_without_last_hour),
    ),
    _attack(
        "inserted-record", "puts a record in and moves all that follow up", "leaf-differs", _all(_inserted)
    ),
    _attack("doubled-record", "stores a record twice", "index-twice", _all(_doubled)),
    _attack("reordered-records", "lets two records change places", "leaf-differs", _all(_reordered)),
    _attack("swapped-parts", "gives two records each other's parts", "leaf-differs", _all(_swapped)),
)
"""Everything that only the hashes can find."""
