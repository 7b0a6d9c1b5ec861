"""Attacks with every key: another log, built as the product builds it, signed as the product signs it.

On the directory alone nothing differs, except where the keys themselves are new: what contradicts such a log is
in other hands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, update

from affidavit.attacks.attack import Attack, Attacker, FoundBy
from affidavit.attacks.on_records import edited
from affidavit.attacks.victim import LOG
from affidavit.formats.record.leaves import leaf_hashes
from affidavit.formats.tlog.checkpoint import Checkpoint
from affidavit.formats.tlog.kept import stated_kept
from affidavit.formats.tlog.signing import sign_checkpoint
from affidavit.formats.tlog.tree import Frontier
from affidavit.keys.keyring import DATA_KEY, FOLDER, Keyring
from affidavit.ledger.history import CHECKPOINTS
from affidavit.ledger.tables import heads, receipts, sequences

if TYPE_CHECKING:
    from collections.abc import Callable

    from affidavit.attacks.victim import Victim
    from affidavit.lake.forging import StoredRow

_US = 1_000_000
_WEEK_US = 7 * 86_400 * _US


def rebuild(victim: Victim, rows: list[StoredRow], keyring: Keyring | None = None) -> None:
    """The whole directory becomes that of a log of these rows: lake, tiles, checkpoint, head and sequences.

    Records that state which checkpoints were kept would tell on it, and lose their originals.
    """
    rows = numbered(list(map(_stating_nothing, rows)))
    victim.forger.replace(rows)
    for name in [*victim.store.names(f"{LOG}tile/"), *victim.store.names(CHECKPOINTS)]:
        victim.store.delete(name)
    grown = victim.log.grow(Frontier.empty(), b"".join(_leaves(rows)))
    keys = keyring or victim.keyring
    note = sign_checkpoint(
        Checkpoint(origin=keys.origin, size=len(rows), root=grown.root),
        ed25519=keys.log_signer,
        ml_dsa=keys.log_cosigner,
        time_s=rows[-1]["sealed"] // _US,
    )
    victim.log.publish(note)
    following: dict[str, int] = {}
    for row in rows:
        following[row["source"]] = row["seq"] + 1
    with victim.database.transaction() as connection:
        moved = {"size": len(rows), "root": grown.root, "checkpoint": note.decode()}
        connection.execute(update(heads).values(moved))
        connection.execute(delete(sequences))
        connection.execute(delete(receipts).where(receipts.c.last_index >= len(rows)))
        connection.execute(
            insert(sequences),
            [{"tenant": victim.tenant, "source": name, "next_seq": seq} for name, seq in following.items()],
        )


def numbered(rows: list[StoredRow]) -> list[StoredRow]:
    """The rows with indexes and seqs without a hole, whatever they had."""
    following: dict[str, int] = {}
    found = []
    for index, row in enumerate(rows):
        seq = following.get(row["source"], 0)
        following[row["source"]] = seq + 1
        found.append({**row, "index": index, "seq": seq})
    return found


def _stating_nothing(row: StoredRow) -> StoredRow:
    facts, _, raw = row["text"].partition("\n")
    return {**row, "text": f"{facts}\n"} if stated_kept(raw.encode()) else row


def _leaves(rows: list[StoredRow]) -> list[bytes]:
    cut = [row["text"].encode().partition(b"\n") for row in rows]

    def part(name: str) -> list[bytes]:
        return [(row[name] or "").encode() for row in rows]

    return leaf_hashes(
        salts=[row["salt"] or b"" for row in rows],
        actor=part("actor"),
        detail=part("detail"),
        facts=[facts for facts, _, _ in cut],
        raw=[raw for _, _, raw in cut],
        target=part("target"),
        classes=[row["class_uid"] for row in rows],
        kinds=[row["kind"] for row in rows],
        mappers=[row["mapper"] for row in rows],
        received_us=[row["received"] for row in rows],
        records=[row["record"] for row in rows],
        seqs=[row["seq"] for row in rows],
        sources=[row["source"] for row in rows],
    )


def _of(change: Callable[[list[StoredRow]], list[StoredRow]]) -> Callable[[Victim], None]:
    return lambda victim: rebuild(victim, change(victim.forger.rows()))


def _middle_edited(rows: list[StoredRow]) -> list[StoredRow]:
    at = len(rows) // 2
    return [*rows[:at], edited(rows[at]), *rows[at + 1 :]]


def _middle_dropped(rows: list[StoredRow]) -> list[StoredRow]:
    at = len(rows) // 2
    return [*rows[:at], *rows[at + 1 :], rows[at]]


def _all_older(rows: list[StoredRow]) -> list[StoredRow]:
    return [{**row, "received": row["received"] - _WEEK_US} for row in rows]


def _cut(rows: list[StoredRow]) -> list[StoredRow]:
    return rows[: len(rows) * 3 // 4]


def _cut_and_continued(rows: list[StoredRow]) -> list[StoredRow]:
    """As long as before and longer, but with other records behind the cut."""
    kept = _cut(rows)
    return kept + [edited(row) for row in rows[: len(rows) - len(kept) + 8]]


def _heartbeat_added(rows: list[StoredRow]) -> list[StoredRow]:
    at = len(rows) // 2
    return [*rows[:at], {**rows[at], "kind": "heartbeat"}, *rows[at:]]


def _new_keys(victim: Victim) -> None:
    """Everything is signed anew by keys that were made today, and their public halves put beside them."""
    identity = victim.store.read(f"{FOLDER}/{DATA_KEY}")
    for name in list(victim.store.names(f"{FOLDER}/")):
        victim.store.delete(name)
    keyring = Keyring.create(victim.store, victim.keyring.origin)
    victim.store.put(f"{FOLDER}/{DATA_KEY}", identity)
    rebuild(victim, _middle_edited(victim.forger.rows()), keyring)


def _attack(
    name: str,
    does: str,
    expected: str,
    apply: Callable[[Victim], None],
    found_by: FoundBy = FoundBy.CHECKPOINT,
) -> Attack:
    return Attack(
        name=name, attacker=Attacker.OPERATOR, does=does, expected=expected, apply=apply, found_by=found_by
    )


ON_THE_LOG = (
    _attack(
        "re-sealed-with-a-new-key",
        "edits a record and seals everything anew with keys of today",
        "note-unsigned",
        _new_keys,
        FoundBy.VERIFY,
    ),
    _attack("re-sealed", "edits a record, rebuilds the log and signs it", "forked", _of(_middle_edited)),
    _attack(
        "two-histories",
        "forks the log: as long as the one that others saw, with two records in another order",
        "forked",
        _of(_middle_dropped),
    ),
    _attack(
        "re-dated-log", "makes every record a week older and signs the log anew", "forked", _of(_all_older)
    ),
    _attack("truncated-log", "cuts the last quarter off and signs what is left", "rolled-back", _of(_cut)),
    _attack(
        "truncated-and-continued",
        "cuts the last quarter off and goes on with other records",
        "forked",
        _of(_cut_and_continued),
    ),
    _attack(
        "inserted-heartbeat",
        "puts a heartbeat into the past, to close a gap in the coverage, and signs the log anew",
        "forked",
        _of(_heartbeat_added),
    ),
    _attack(
        "fork-by-stolen-key",
        "signs a fork with the log's stolen keys, for somebody who has never seen another checkpoint",
        "quorum",
        _of(_middle_edited),
        FoundBy.WITNESS,
    ),
)
"""Everything that only somebody outside can find."""
