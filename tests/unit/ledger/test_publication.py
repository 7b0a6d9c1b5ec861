"""Publication with witnesses: what reaches readers, whoever answers, lies, or is away."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest
from tests.running.signed_log import SignedLog
from tests.simulators.witnesses import SimulatedWitness, http_of

from affidavit.core.errors import NotFoundError, VerificationError
from affidavit.formats.tlog.checkpoint import parse_checkpoint
from affidavit.formats.tlog.note import parse_note
from affidavit.formats.tlog.policy import Policy
from affidavit.formats.tlog.tree import Frontier
from affidavit.formats.tlog.witnessed import Witnessed, open_witnessed
from affidavit.ledger.asking import Asking
from affidavit.ledger.log import Log
from affidavit.ledger.publication import Status, WitnessedPublication
from affidavit.ledger.witnesses import RemoteWitness
from affidavit.storage.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SIGNED = SignedLog()
SIZE = 40


class Bench:
    """A stored log of forty entries, two witnesses that know it, and what was told of publication."""

    def __init__(self, quorum: str, *, hold: bool, timeout_s: float) -> None:
        self.log = Log(MemoryStore(), "log/")
        frontier, leaves = Frontier.empty(), SIGNED.leaves(SIZE)
        for at in range(0, len(leaves), 32):
            frontier = self.log.grow(frontier, leaves[at : at + 32]).frontier
        self.a, self.b = (
            SimulatedWitness(name, str(SIGNED.signer.key)) for name in ("a.example", "b.example")
        )
        lines = [f"log {SIGNED.signer.key}"]
        for name, witness in (("a", self.a), ("b", self.b)):
            lines.append(f"witness {name} {witness.keys.verifier_keys[0]} https://{witness.name}/")
        lines += [f"group g {quorum} a b", "quorum g", ""]
        self.policy = Policy.parse("\n".join(lines))
        http = http_of(self.a, self.b)
        self.remotes = [
            RemoteWitness(str(each.url), [each], http=http, deadline_s=timeout_s)
            for each in self.policy.witnesses
        ]
        self.told: list[Status] = []
        self.publication = WitnessedPublication(
            self.log,
            self.policy,
            Asking(self.policy, self.remotes, self.log.read_tile),
            hold=hold,
            interval_s=0.0,
            timeout_s=timeout_s,
            tell=self.told.append,
        )

    def published(self) -> Witnessed | None:
        """What readers get."""
        try:
            return open_witnessed(self.log.checkpoint(), self.policy)
        except NotFoundError:
            return None

    def size(self) -> int:
        """Of what readers get."""
        published = self.published()
        return -1 if published is None else published.checkpoint.size


def wait_for(true: Callable[[], bool]) -> None:
    """Until it is true; fails where that does not come."""
    until = time.monotonic() + 20
    while not true():
        assert time.monotonic() < until
        time.sleep(0.01)


@contextmanager
def bench(quorum: str = "all", *, hold: bool = True, timeout_s: float = 5.0) -> Iterator[Bench]:
    """A bench whose publication is ended afterwards."""
    made = Bench(quorum, hold=hold, timeout_s=timeout_s)
    yield made
    made.publication.close()


def away(_: bytes) -> httpx.Response:
    """A witness that cannot be reached."""
    raise httpx.ConnectError("away")


def test_each_step_is_cosigned_by_all() -> None:
    """Step by step, each request from the size that the witness has, the cosignatures behind the log's own."""
    with bench() as on:
        for size in (3, 3, 20, 40):
            on.publication.publish(SIGNED.note(size))
            wait_for(lambda size=size: on.size() == size)  # type: ignore[misc]
        published = on.published()
        assert published is not None
        assert [each.witness.name for each in published.require().cosigned] == ["a", "b"]
        assert [body.split(b"\n")[0] for body in on.a.asked][:2] == [b"old 3", b"old 0"]
        assert on.told == [Status(state="witnessed")]


def test_the_newest_wins_over_what_waits() -> None:
    """While witnesses are slow, what was superseded is never asked for, and handing over does not wait."""
    with bench() as on:
        on.a.delay_s = on.b.delay_s = 0.3
        began_s = time.monotonic()
        for size in range(1, 31):
            on.publication.publish(SIGNED.note(size))
        assert time.monotonic() - began_s < 0.3
        wait_for(lambda: on.size() == 30)
        sizes = {parse_checkpoint(parse_note(body.split(b"\n\n", 1)[1]).text).size for body in on.a.asked}
        assert len(sizes) <= 2


def test_a_quorum_does_not_wait_for_the_slow_or_the_absent() -> None:
    """Any of two: one that hangs, and one that is away, delay nobody."""
    for delay_s, answer in ((2.0, None), (0.0, away)):
        with bench("any") as on:
            on.b.delay_s, on.b.answer = delay_s, answer
            began_s = time.monotonic()
            on.publication.publish(SIGNED.note(5))
            wait_for(lambda on=on: on.size() == 5)  # type: ignore[misc]
            assert time.monotonic() - began_s < 1.5


def test_below_quorum_it_is_held_until_the_witness_is_back() -> None:
    """Nothing newer is published meanwhile; the outage is told once it lasts, and its end."""
    with bench(timeout_s=0.2) as on:
        on.publication.publish(SIGNED.note(5))
        wait_for(lambda: on.size() == 5)
        on.b.answer = away
        on.publication.publish(SIGNED.note(9))
        wait_for(lambda: len(on.told) > 1)
        assert (on.told[1].state, list(on.told[1].problems), on.size()) == ("held", ["b"], 5)
        on.b.answer = None
        wait_for(lambda: on.size() == 9)
        wait_for(lambda: on.told[-1] == Status(state="witnessed"))


def test_below_quorum_it_is_published_where_that_was_chosen() -> None:
    """At once and with the cosignatures that there are; again with all of them, once they are to be had."""
    with bench(hold=False, timeout_s=0.2) as on:
        on.b.answer = away
        on.publication.publish(SIGNED.note(5))
        wait_for(lambda: on.size() == 5)
        published = on.published()
        assert published is not None
        assert [each.witness.name for each in published.cosigned] == ["a"]
        wait_for(lambda: bool(on.told) and on.told[0].state == "unwitnessed")
        on.b.answer = None
        wait_for(lambda: (on.published() or published).met)


SIZE_TYPE = {"Content-Type": "text/x.tlog.size"}


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, content=b""),
        httpx.Response(200, content=b"\xff\xfe garbage"),
        httpx.Response(200, content="— x AAAAAAAAAAAA\n".encode()),
        httpx.Response(200, content=b"x" * (1 << 20)),
        httpx.Response(409, content=b"many\n", headers=SIZE_TYPE),
        httpx.Response(404, content=b"who?\x1b[2J"),
        httpx.Response(500),
        httpx.Response(301, headers={"Location": "https://a.example/"}),
    ],
)
def test_answers_that_are_none_count_as_none(answer: httpx.Response) -> None:
    """Whatever a witness answers, it is a problem of that witness, told without control characters."""
    with bench(timeout_s=0.2) as on:
        on.b.answer = lambda _: answer
        on.publication.publish(SIGNED.note(5))
        wait_for(lambda: bool(on.told))
        assert on.told[0].state == "held"
        assert on.told[0].problems["b"].isprintable()
        assert on.size() == -1


def test_a_cosignature_of_something_else_does_not_count() -> None:
    """Neither one of another checkpoint nor one that was changed."""
    with bench(timeout_s=0.2) as on:
        other = parse_note(SIGNED.note(4)).text
        lines = "".join(signature.line() for signature in on.b.keys.cosign(other, time_s=1))
        on.b.answer = lambda _: httpx.Response(200, content=lines.encode())
        on.publication.publish(SIGNED.note(5))
        wait_for(lambda: bool(on.told))
        assert "does not verify" in on.told[0].problems["b"]
        assert on.size() == -1


def test_a_witness_that_knows_another_history_is_a_conflict() -> None:
    """More entries, another root, or a proof refused: held even where `publish` was chosen, and no start."""
    fork = SignedLog(salt="other ")
    for theirs, says in (
        (fork.request(0, 60), "60"),
        (fork.request(0, 5), "another"),
        (fork.request(0, 3), "3"),
    ):
        with bench(hold=False) as on:
            assert on.b.cosigner.add_checkpoint(theirs).status == 200
            with pytest.raises(VerificationError) as caught:
                on.publication.check(SIGNED.note(5))
            assert (caught.value.code, says in caught.value.message) == ("witness-ahead", True)
            on.publication.publish(SIGNED.note(5))
            wait_for(lambda on=on: bool(on.told))  # type: ignore[misc]
            assert (on.told[0].state, on.size()) == ("conflict", -1)


def test_a_witness_that_is_away_does_not_prevent_the_start() -> None:
    """Nor does one that is new, or behind."""
    with bench() as on:
        on.a.cosigner.add_checkpoint(SIGNED.request(0, 2))
        on.publication.check(SIGNED.note(5))
        on.b.answer = away
        on.publication.check(SIGNED.note(6))


def test_what_waits_at_the_end_gets_a_last_chance() -> None:
    """Closing right after handing over still publishes."""
    with bench() as on:
        on.publication.publish(SIGNED.note(7))
    assert on.size() == 7
