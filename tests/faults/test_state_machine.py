"""Any order of ingesting, sealing, failing, crashing, compacting and verifying: nothing is lost or doubled.

The real receiver, sealer, lake and state database on real files; faults and crashes at points that Hypothesis
chooses. An outsider keeps every checkpoint that was ever published and holds the log to all of them.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.simulators.deployment import Deployment, event

from affidavit.core.errors import NotFoundError, OperationalError
from affidavit.formats.tlog.merkle import verify_consistency
from affidavit.formats.tlog.tree import consistency_proof

SOURCES = ("s", "t")
BAD = (b"not json", b'{"no":"id"}', b'{"id":1,"boom":true}', b"\xff\xfe", b"[" * 2000)


class LogMachine(RuleBasedStateMachine):
    """One data directory, what its senders were told, and what an outsider saw of its log."""

    def __init__(self) -> None:
        super().__init__()
        self.holder = Path(tempfile.mkdtemp(prefix="affidavit-machine-"))
        self.kept: dict[str, list[bytes]] = {source: [] for source in SOURCES}
        self.refused: Counter[bytes] = Counter()
        self.keys: dict[tuple[str, str], tuple[bytes, str]] = {}
        self.seen: dict[int, bytes] = {}

    @initialize()
    def begin(self) -> None:
        """A new data directory."""
        self.log = Deployment.new(self.holder / "data").open(max_records=7)
        self.look()

    def teardown(self) -> None:
        """The last word: start once more, seal everything, and compare all of it."""
        try:
            if hasattr(self, "log"):
                self.restart()
                self.seal_all()
                self.compare()
        finally:
            if hasattr(self, "log"):
                self.log.close()
            shutil.rmtree(self.holder)

    # What senders do.

    @rule(
        source=st.sampled_from(SOURCES),
        good=st.integers(0, 9),
        bad=st.lists(st.sampled_from(BAD), max_size=2),
    )
    def ingest(self, source: str, good: int, bad: list[bytes]) -> None:
        """A batch of good and bad lines; what the receipt says is held against the log at the end."""
        if not good and bad and bad[0].startswith(b"["):
            good = 1  # a body that begins with a bracket may be one document, refused whole
        lines = [event() for _ in range(good)]
        done = self.log.send(b"\n".join([*lines, *bad]), source=source)
        assert (done.receipt.accepted, done.receipt.quarantined) == (good, len(bad))
        self.kept[source] += lines
        self.refused.update(bad)

    @rule(source=st.sampled_from(SOURCES), key=st.sampled_from("ab"))
    def ingest_with_a_key(self, source: str, key: str) -> None:
        """The first batch of a key counts; a second is answered with the first receipt."""
        line = event()
        done = self.log.send(line, source=source, key=key)
        known = self.keys.get((source, key))
        assert done.repeated == (known is not None)
        if known is None:
            self.keys[source, key] = (line, done.receipt.batch)
            self.kept[source].append(line)
        else:
            assert done.receipt.batch == known[1]

    # What the machine does.

    @rule()
    def seal(self) -> None:
        """One step."""
        self.log.sealer.step(self.log.tail)

    @rule(at=st.integers(0, 14), persisted=st.booleans(), lasting=st.booleans())
    def fail_while_sealing(self, at: int, persisted: bool, lasting: bool) -> None:
        """A write breaks, before or after its effect; the sealer is then started anew, as the process is."""
        self.log.faults.fail(at=at, persisted=persisted, lasting=lasting)
        with suppress(OperationalError):
            self.log.seal()
        self.restart()

    @rule(at=st.integers(0, 5), persisted=st.booleans())
    def fail_while_compacting(self, at: int, persisted: bool) -> None:
        """Upkeep may be killed at any moment."""
        self.log.faults.fail(at=at, persisted=persisted)
        with suppress(OperationalError):
            self.log.lake.compact(min_files=2)
            self.log.lake.remove_orphans(grace_s=0)
        self.restart()

    @rule()
    def restart(self) -> None:
        """Let go of everything but the files."""
        self.log.crash()
        self.log.open(max_records=7)

    @rule()
    def compact(self) -> None:
        """Upkeep that nothing disturbs."""
        self.log.lake.compact(min_files=2)
        self.log.lake.remove_orphans(grace_s=0)

    # What must hold.

    @precondition(lambda self: hasattr(self, "log"))
    @invariant()
    def look(self) -> None:
        """The outsider: a published checkpoint extends every one that was published before."""
        try:
            checkpoint = self.log.checkpoint()
        except NotFoundError:
            return
        known = self.seen.setdefault(checkpoint.size, checkpoint.root)
        assert known == checkpoint.root, "two roots for one size"
        earlier = max((size for size in self.seen if 0 < size < checkpoint.size), default=None)
        if earlier is None:
            return
        proof = consistency_proof(earlier, checkpoint.size, self.log.log.read_tile)
        verify_consistency(
            earlier, size2=checkpoint.size, root1=self.seen[earlier], root2=checkpoint.root, proof=proof
        )

    @rule()
    def verify(self) -> None:
        """Verification finds nothing, whatever was just done."""
        report = self.log.verify()
        assert report.differences == []

    def seal_all(self) -> None:
        """Until nothing waits."""
        self.log.seal()
        self.look()

    def compare(self) -> None:
        """Every acknowledged line is there once, in its source's order; every refused one is in quarantine."""
        size = self.log.sealer.head.size
        rows = self.log.lake.rows(0, size)
        assert [row.index for row in rows] == list(range(size))
        for source in SOURCES:
            of_source = [row for row in rows if row.source == source]
            assert [row.raw for row in of_source] == self.kept[source]
            assert [row.seq for row in of_source] == list(range(len(of_source)))
        assert size == sum(map(len, self.kept.values()))
        assert Counter(data for _, data in self.log.quarantined()) == self.refused
        for done in self.log.acknowledged:
            receipt = self.log.sealed_receipt(done.receipt.batch)
            assert receipt is not None
            assert (receipt.accepted, receipt.first_seq, receipt.last_seq) == (
                done.receipt.accepted,
                done.receipt.first_seq,
                done.receipt.last_seq,
            )
        report = self.log.verify()
        assert report.differences == []
        assert (report.records, report.size, report.unsealed) == (size, size, 0)


def _run(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        LogMachine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_nothing_is_lost_or_doubled_in_any_order() -> None:
    """A few dozen orders of events, in each run anew."""
    _run(12, 12)


@pytest.mark.slow
def test_nothing_is_lost_or_doubled_in_many_orders() -> None:
    """As above, many and longer ones."""
    _run(int(os.environ.get("AFFIDAVIT_MACHINES", "60")), 25)
