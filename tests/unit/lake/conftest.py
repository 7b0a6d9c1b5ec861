"""A lake on encrypted files in a temporary folder, and synthetic records to put into it."""

from __future__ import annotations

import json
import os
import random
from typing import TYPE_CHECKING, Any

import pytest
from tests.simulators.listed import Listed

from affidavit.core.ids import DEFAULT_TENANT, uuid7s
from affidavit.formats.age.x25519 import X25519Identity
from affidavit.lake.lake import Lake
from affidavit.storage.local import LocalStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from affidavit.storage.interfaces import ObjectStore

IDENTITY = X25519Identity.generate()
START_US = 1_764_115_200_000_000  # 2025-11-26T00:00:00Z
PEOPLE = ("alice", "bob", "Zoë Ångström", "dave%_")
APPS = ("Payroll", "wiki", "100%_done", "a\nb")
OUTCOMES = (1, 2, 0, 99)


class Moved:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = START_US

    def now_us(self) -> int:
        """The moment that the test has set."""
        self.now += 1
        return self.now


class Records:
    """Makes records, the same ones for the same seed."""

    def __init__(self, seed: int = 7) -> None:
        self.random = random.Random(seed)

    def parts(self, index: int) -> dict[str, bytes]:
        """The five parts of one record; now and then one is absent."""
        pick = self.random.choice
        person, app, outcome = pick(PEOPLE), pick(APPS), pick(OUTCOMES)
        time_ms = START_US // 1000 + self.random.randrange(50) * 1000
        facts: dict[str, Any] = {
            "class_uid": pick((3002, 3001, 6003)),
            "activity_id": 1,
            "type_uid": 300201,
            "severity_id": 1,
            "time": time_ms,
            "status_id": outcome,
            "activity_name": "Logon",
            "metadata": {"event_code": pick(("user.login", "User.Logout", "a%b"))},
        }
        actor: dict[str, Any] = {
            "actor": {"user": {"uid": f"u-{person}", "name": person, "email_addr": f"{person}@Example.com"}},
            "src_endpoint": {"ip": pick(("10.1.2.3", "192.0.2.9", "2001:db8::1"))},
        }
        raw = {
            "n": index,
            "who": person,
            "what": app,
            "word": pick(("needle.42", "NEEDLE.42", "hay", "naïve")),
        }
        return {
            "facts": _json(facts),
            "actor": b"" if index % 13 == 5 else _json(actor),
            "target": b"" if index % 7 == 3 else _json({"resources": [{"uid": f"r-{app}", "name": app}]}),
            "detail": b"" if index % 5 == 1 else _json({"message": f"{person} did"}),
            "raw": b"" if index % 11 == 4 else _json(raw),
        }

    def segment(self, first_index: int, count: int, *, received_us: int = START_US) -> Listed:
        """`count` records from `first_index` on."""
        made = [self.parts(first_index + at) for at in range(count)]
        part = {name: [parts[name] for parts in made] for name in made[0]} if made else {}
        ids, salts = uuid7s(received_us, count), os.urandom(16 * count)
        return Listed(
            first_index=first_index,
            records=[ids[at : at + 16] for at in range(0, 16 * count, 16)],
            salts=[salts[at : at + 16] for at in range(0, 16 * count, 16)],
            kinds=["gap" if at % 10 == 9 else "event" for at in range(count)],
            sources=["okta-prod" if at % 3 else "ci" for at in range(count)],
            classes=[json.loads(parts["facts"])["class_uid"] for parts in made],
            mappers=["okta.system_log/1"] * count,
            seqs=list(range(first_index, first_index + count)),
            received_us=[received_us + at for at in range(count)],
            sealed_us=received_us + count,
            batches=["0190-batch"] * count,
            facts=part.get("facts", []),
            actor=part.get("actor", []),
            target=part.get("target", []),
            detail=part.get("detail", []),
            raw=part.get("raw", []),
        )


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


@pytest.fixture
def clock() -> Moved:
    """A clock that stands almost still."""
    return Moved()


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    """Objects in the test's folder."""
    return LocalStore(tmp_path / "store")


@pytest.fixture
def open_lake(tmp_path: Path, store: LocalStore, clock: Moved) -> Iterator[Callable[..., Lake]]:
    """Opens the test's lake, as often as there are processes that use it."""
    opened: list[Lake] = []

    def open_one(on: ObjectStore = store) -> Lake:
        lake = Lake(
            DEFAULT_TENANT,
            store=on,
            catalog_url=f"sqlite:///{tmp_path / 'state.db'}",
            recipients=[IDENTITY.recipient],
            identities=[IDENTITY],
            clock=clock,
            threads=2,
        )
        opened.append(lake)
        return lake

    yield open_one
    for lake in opened:
        lake.close()


@pytest.fixture
def lake(open_lake: Callable[..., Lake]) -> Lake:
    """The test's lake."""
    return open_lake()


@pytest.fixture
def records() -> Records:
    """Makes records."""
    return Records()
