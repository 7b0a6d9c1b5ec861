"""`verify` over the kept checkpoints of a data directory and their timestamps."""

from __future__ import annotations

import multiprocessing
from contextlib import closing
from typing import TYPE_CHECKING

from affidavit.assembly.lakes import open_lake
from affidavit.assembly.layout import LOG
from affidavit.core.clock import isoformat
from affidavit.core.errors import AffidavitError
from affidavit.core.ids import DEFAULT_TENANT
from affidavit.evidence.kept import Kept, Stated, check_kept, check_names, check_stated
from affidavit.evidence.report import Difference, Report
from affidavit.evidence.times import Times, check_times
from affidavit.evidence.tree import within
from affidavit.ledger.history import CHECKPOINTS, History
from affidavit.ledger.log import Log
from affidavit.pipeline.stating import sealed_statements

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cryptography.x509 import Certificate

    from affidavit.assembly.directory import Directory
    from affidavit.evidence.key_history import KeyHistory
    from affidavit.storage.interfaces import ObjectStore

_ALONE = 64
"""So many are checked in this process."""
_fork = multiprocessing.get_context("fork")
_Checked = tuple[Kept | None, list[Difference]]


def verify_kept(
    directory: Directory, keys: KeyHistory, times: Times, roots: Sequence[Certificate], report: Report
) -> None:
    """Check every kept checkpoint and what its time says about the records; the report takes the result.

    Timestamps are believed under `roots`.
    `times` were gathered between the kept sizes that were there before the published checkpoint was read.
    """
    store = directory.tenant_store(DEFAULT_TENANT)
    history = History(store)
    handovers = {handover for handover, _ in keys.rotations}
    stated, unread = stated_in(directory, report.size)
    names = kept_names(store)
    report.differences += [*unread, *check_names(names, handovers=handovers, stated=stated)]
    report.stated = len({each.checkpoint.size for each in stated} & set(history.sizes()))
    report.differences += [
        Difference(
            "rolled-back", f"kept checkpoint {size}", f"is newer than the published one of {report.size}"
        )
        for size in times.sizes
        if size > report.size and size not in handovers  # which may wait for witnesses
    ]
    by_size: dict[int, list[Stated]] = {}
    for each in stated:
        by_size.setdefault(each.checkpoint.size, []).append(each)
    read_tile = within(Log(store, LOG).read_tile, report.size)

    def check(size: int) -> _Checked:
        try:
            note, token = history.note(size), history.token(size)
            answer = None if token is None else history.answer(size)
        except AffidavitError as error:
            return None, [Difference(error.code, f"kept checkpoint {size}", str(error))]
        kept, differences = check_kept(size, note, token, keys=keys, read_tile=read_tile, roots=roots)
        for each in by_size.get(size, ()):
            differences += check_stated(each, note, answer)
        return kept, differences

    checked = _run(check, times.sizes, report.processes)
    kept = [each for each, _ in checked if each is not None]
    report.differences += [difference for _, differences in checked for difference in differences]
    report.differences += check_times(kept, times)
    report.kept, report.unbelieved = len(kept), 0 if roots else sum(map(history.stamped, times.sizes))
    stamped = [(each.size, each.stamp) for each in kept if each.stamp is not None]
    report.stamped = len(stamped)
    if stamped:
        size, stamp = stamped[-1]
        report.stamp = f"size {size} at {isoformat(stamp.time_us)} by {stamp.tsa}"


def kept_names(store: ObjectStore) -> list[str]:
    """Of the files that hold kept checkpoints, without the folder."""
    return [name.removeprefix(CHECKPOINTS) for name in store.names(CHECKPOINTS)]


def stated_in(directory: Directory, size: int) -> tuple[list[Stated], list[Difference]]:
    """What the log of that size states to be kept, and why that cannot be read."""
    try:
        with closing(open_lake(directory, DEFAULT_TENANT)) as lake:
            return [
                Stated(statement.at, checkpoint)
                for statement in sealed_statements(lake, below_index=size)
                for checkpoint in statement.kept
            ], []
    except AffidavitError as error:
        return [], [Difference(error.code, "lake", str(error))]


def _run(check: Callable[[int], _Checked], sizes: list[int], processes: int) -> list[_Checked]:
    if len(sizes) <= _ALONE or processes == 1:
        return list(map(check, sizes))
    with _fork.Pool(processes, initializer=_set, initargs=(check,)) as pool:
        return pool.map(_checked, sizes, chunksize=_ALONE)


_check: Callable[[int], _Checked] | None = None


def _set(check: Callable[[int], _Checked]) -> None:
    """In a worker, which has inherited what the check needs."""
    global _check  # noqa: PLW0603 - a pool's initializer has no other place
    _check = check


def _checked(size: int) -> _Checked:
    assert _check is not None  # noqa: S101 - set by the pool's initializer
    return _check(size)
