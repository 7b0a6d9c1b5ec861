"""docs/spec/record.md is exact: its tables and its example hold for the code and for a second reading."""

from __future__ import annotations

import json
import re
from hashlib import sha256, sha512
from pathlib import Path
from typing import get_args
from uuid import UUID

import pytest

from affidavit.core import canonical
from affidavit.formats.record import attributes, parts, seal
from affidavit.formats.record.kinds import Kind

PAGE = (Path(__file__).parents[2] / "docs" / "spec" / "record.md").read_text()
ZERO_SALT = bytes(16)


@pytest.fixture(scope="module")
def example() -> dict[str, str]:
    """Name to value of the worked example."""
    block = PAGE.split("```text\n")[1].split("\n```")[0]
    return dict(re.findall(r"^(\S+) = ?(.*)$", block, re.MULTILINE))


def _row(name: str) -> list[str]:
    """The cells of the table row whose first cell is `name`."""
    line = next(line for line in PAGE.splitlines() if line.startswith(f"| `{name}` |"))
    return [cell.strip() for cell in line.strip("|").split("|")]


@pytest.mark.parametrize("name", parts.NAMES)
def test_the_parts_table_is_complete(name: str) -> None:
    """Every attribute of the code's table stands in the row of its part, and no other does."""
    listed = set(re.findall(r"`(\w+)`", _row(name)[2]))
    held = {"actor": attributes.ACTOR, "facts": attributes.FACTS, "target": attributes.TARGET}.get(
        name, frozenset()
    )
    assert listed == held
    assert _row(name)[1] == ("no" if name == "facts" else "yes")


def test_the_kinds_are_listed() -> None:
    """The entry's table names every kind of record."""
    assert set(re.findall(r"`(\w+)`", _row("kind")[2])) == set(get_args(Kind))


def test_the_example_follows_from_the_page_alone(example: dict[str, str]) -> None:
    """Somebody who has only the page and a hash function arrives at the same leaf."""
    wide = sha512(b"affidavit/salts/v1\n" + bytes.fromhex(example["record_salt"])).digest()
    salts = {"actor": wide[:16], "detail": wide[16:32], "raw": wide[32:48], "target": wide[48:]}
    joined = b""
    for name in ("actor", "detail", "facts", "raw", "target"):
        salt = salts.get(name, ZERO_SALT)
        if name != "facts":
            assert salt.hex() == example[f"salt({name})"]
        digest = sha256(f"affidavit/part/v1\n{name}\n".encode() + salt + example[name].encode()).digest()
        assert digest.hex() == example[f"d({name})"]
        joined += digest
    body = sha256(b"affidavit/body/v1\n" + joined).hexdigest()
    assert body == example["body"] == json.loads(example["entry"])["body"]
    assert sha256(b"\x00" + example["entry"].encode()).hexdigest() == example["leaf"]


def test_the_example_is_what_the_code_seals(example: dict[str, str]) -> None:
    """formats.record gives the page's numbers for the page's inputs."""
    salt = bytes.fromhex(example["record_salt"])
    held = parts.Parts(**{name: example[name].encode() for name in parts.NAMES})
    salts = seal.part_salts(salt)._asdict()
    for name in parts.NAMES:
        digest = seal.part_digest(name, salts.get(name, ZERO_SALT), getattr(held, name))
        assert digest.hex() == example[f"d({name})"]
    body = seal.body_digest(salt, **held._asdict())
    members = json.loads(example["entry"])
    entry = seal.entry(
        body=body,
        class_uid=members["class"],
        kind=members["kind"],
        mapper=members["mapper"],
        received_us=members["received"],
        record=UUID(members["record"]).bytes,
        seq=members["seq"],
        source=members["source"],
    )
    assert entry.decode() == example["entry"]
    assert entry == canonical.encode(members)
    assert seal.leaf_hash(entry).hex() == example["leaf"]


def test_the_example_is_an_event(example: dict[str, str]) -> None:
    """Its parts merge into one event of the entry's class, each attribute where the table has it."""
    held = parts.Parts(**{name: example[name].encode() for name in parts.NAMES})
    event = {name: json.loads(bytes(value)) for name, value in parts.merge(held).items()}
    assert event["class_uid"] == json.loads(example["entry"])["class"]
    for part, allowed in (
        ("actor", attributes.ACTOR),
        ("facts", attributes.FACTS),
        ("target", attributes.TARGET),
    ):
        assert set(json.loads(example[part] or "{}")) <= allowed
    others = attributes.ACTOR | attributes.FACTS | attributes.TARGET
    assert not others & set(json.loads(example["detail"]))


def test_the_entry_has_the_members_of_the_table(example: dict[str, str]) -> None:
    """Nine members, each described."""
    described = re.findall(r"^\| `(\w+)` \| (?:string|integer) \|", PAGE, re.MULTILINE)
    assert described == list(json.loads(example["entry"]))
