"""A server and its witness, both real: what is published, what is held, and what a rolled-back directory gets."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from tests.running.witnessed import Deployment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@contextmanager
def running(path: Path, *, on_missing: str = "hold", tls: bool = False) -> Iterator[Deployment]:
    """A server with its witness, both answering."""
    deployment = Deployment(path, on_missing=on_missing, tls=tls)
    deployment.witness.start()
    try:
        deployment.server.start()
        deployment.server.wait_ready()
        yield deployment
    finally:
        deployment.stop()
        deployment.witness.stop()


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
def test_what_is_published_is_cosigned(tmp_path: Path, *, tls: bool) -> None:
    """Both kinds of cosignature on each published checkpoint, also after a restart of the witness and of the server."""
    with running(tmp_path, tls=tls) as deployment:
        for _ in range(2):
            deployment.sealed(deployment.send(20))
            witnessed = deployment.published().require()
            assert [each.witness.name for each in witnessed.cosigned] == ["w-ed", "w-ml"]
            deployment.witness.stop()
            deployment.witness.start()
            deployment.server.stop()
            deployment.server.start()
            deployment.server.wait_ready()
        assert deployment.health() == {"status": "ok", "witness": "witnessed"}
        report = json.loads(deployment.command("verify", "--json").stdout)
        assert report["differences"] == []
        assert list(report["cosigned"]) == ["w-ed", "w-ml"]


def test_below_quorum_publication_is_held_and_sealing_goes_on(tmp_path: Path) -> None:
    """Searchable but not published; /healthz says so; one finding is sealed; the witness back, all is published."""
    with running(tmp_path) as deployment:
        deployment.sealed(deployment.send(5))
        before = deployment.published().checkpoint
        deployment.witness.stop()
        batch = deployment.send(7)
        deployment.until(lambda: len(deployment.found()) == 12, "held records are found")
        deployment.until(lambda: deployment.health()["witness"] == "held", "the outage is shown")
        assert deployment.state(batch) == "acknowledged"
        assert deployment.published().checkpoint == before
        deployment.witness.start()
        deployment.sealed(batch)
        deployment.until(lambda: deployment.health()["witness"] == "witnessed", "the end of it is shown")
        assert deployment.published().require().checkpoint.size >= 12
        (finding,) = deployment.found("kind:finding")
        assert "held back" in json.dumps(finding)


def test_below_quorum_it_is_published_where_the_operator_chose_so(tmp_path: Path) -> None:
    """`publish`: without cosignatures, /healthz and the log say so; cosigned again once the witness is back."""
    with running(tmp_path, on_missing="publish") as deployment:
        deployment.sealed(deployment.send(5))
        deployment.witness.stop()
        deployment.sealed(deployment.send(7))
        assert not deployment.published().met
        verified = deployment.command("verify")
        assert verified.returncode == 3
        assert "quorum: checkpoint: is cosigned by no witness" in verified.stderr
        deployment.until(lambda: deployment.health()["witness"] == "unwitnessed", "the outage is shown")
        assert "published without" in deployment.server.log()
        deployment.witness.start()
        deployment.until(lambda: deployment.published().met, "the newest checkpoint is cosigned after all")


def test_rolled_back_to_yesterday_it_does_not_start(tmp_path: Path) -> None:
    """The whole directory from a backup, state database included: refused, with the witness and the remedy named."""
    with running(tmp_path) as deployment:
        deployment.sealed(deployment.send(5))
        deployment.server.stop()
        yesterday = deployment.copy("yesterday")
        deployment.server.start()
        deployment.server.wait_ready()
        deployment.sealed(deployment.send(6))
        deployment.server.stop()
        now = deployment.copy("today")
        deployment.replace(yesterday)
        deployment.server.start()
        assert deployment.server.wait() != 0
        log = deployment.server.log()
        assert "has cosigned 11 entries, but here are 5" in log
        assert "Restore the newest copy" in log
        refused = deployment.command("sources", "list")
        assert refused.returncode == 3
        assert "has cosigned 11 entries" in refused.stderr
        deployment.replace(now)
        deployment.server.start()
        deployment.server.wait_ready()
        deployment.sealed(deployment.send(1))


def test_rolled_back_and_gone_on_it_is_neither_cosigned_nor_published(tmp_path: Path) -> None:
    """Another history under the same keys, begun while the witness was away: conflict, nothing more is published."""
    with running(tmp_path) as deployment:
        deployment.sealed(deployment.send(5))
        deployment.server.stop()
        yesterday = deployment.copy("yesterday")
        deployment.server.start()
        deployment.server.wait_ready()
        deployment.sealed(deployment.send(6))
        deployment.server.stop()
        deployment.witness.stop()
        deployment.replace(yesterday)
        deployment.server.start()
        deployment.server.wait_ready()
        fork = deployment.send(9)
        deployment.until(lambda: len(deployment.found()) == 14, "the fork is sealed")
        deployment.witness.start()
        deployment.until(lambda: deployment.health()["witness"] == "conflict", "the conflict is shown")
        assert deployment.state(fork) == "acknowledged"
        assert deployment.published().checkpoint.size == 5
        deployment.server.stop()
        deployment.server.start()
        assert deployment.server.wait() != 0
        assert "does not find its tree of 11 entries in this log" in deployment.server.log()


def test_rotated_keys_wait_for_the_witness_to_be_told(tmp_path: Path) -> None:
    """What only the new keys signed is held until the witness knows them; then the log goes on, cosigned."""
    with running(tmp_path) as deployment:
        deployment.sealed(deployment.send(5))
        rotated = deployment.command("keys", "rotate", "--json")
        assert rotated.returncode == 0, rotated.stderr
        batch = deployment.send(6)
        deployment.until(lambda: deployment.health()["witness"] == "held", "the new keys are not known yet")
        assert deployment.state(batch) == "acknowledged"
        deployment.keys = deployment.ask("GET", "/v1/checkpoint").json()["verifier_keys"]
        deployment.witness.add_log(deployment.keys)
        deployment.sealed(batch)
        assert deployment.published().require().checkpoint.size >= 11
        assert deployment.command("verify").returncode == 0


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        (None, "does not exist"),
        ("quorum w\n", "policy, line 1"),
        ("witness w {key}\nquorum w\n", "cannot meet the quorum"),
        ("log {key}\nwitness w {key} https://w.example\nquorum w\n", "other logs"),
    ],
)
def test_a_policy_that_cannot_be_obeyed_is_said_at_once(
    tmp_path: Path, policy: str | None, says: str
) -> None:
    """Missing, broken, out of reach or of another log: no start, and what to do about it."""
    deployment = Deployment(tmp_path)
    deployment.policy_file.unlink()
    if policy is not None:
        deployment.policy_file.write_text(policy.format(key=deployment.witness.verifier_keys[0]))
    deployment.server.start()
    assert deployment.server.wait() == 1
    assert says in deployment.server.log()
    assert deployment.command("sources", "list").returncode == 1


def test_killed_under_load_it_is_never_behind_its_witness(tmp_path: Path) -> None:
    """Killed with -9 while checkpoints are being cosigned, each start finds its head at or beyond the witness's."""
    with running(tmp_path) as deployment:
        for _ in range(4):
            for _ in range(10):
                deployment.send(50)
            deployment.server.kill_all()
            deployment.server.start()
            deployment.server.wait_ready()
        deployment.sealed(deployment.send(1))
        deployment.published().require()
        assert "witness-ahead" not in deployment.server.log()
        report = json.loads(deployment.command("verify", "--json").stdout)
        assert (report["differences"], list(report["cosigned"])) == ([], ["w-ed", "w-ml"])
        assert report["sources"]["okta"] == 4 * 500 + 1
