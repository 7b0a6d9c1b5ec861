"""A served log that other projects' programs look at, and a copy of it in files, to be altered."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import threading
import time
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
from tests.running.events import okta_lines
from tests.running.server import AFFIDAVIT, Server
from tests.running.witness_server import WitnessServer

from affidavit.formats.tlog.checkpoint import parse_checkpoint
from affidavit.formats.tlog.note import parse_note
from affidavit.formats.tlog.tiles import TILE_WIDTH, Bundle, level_hashes, tile_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FIRST, SECOND = 12, 700
INDEX = 300
"""The record whose proof is looked at."""


class Served(NamedTuple):
    """A log and what an outsider got of it."""

    data: Path
    url: str
    """Of the log, without a slash at the end."""
    keys: Path
    """All verifier keys."""
    ed25519: Path
    """The one that every implementation knows."""
    earlier: Path
    """The checkpoint of the first 12 entries."""
    later: Path
    """The newest checkpoint."""
    consistency: Path
    """What `affidavit consistency --json` said of the two."""
    proof: Path
    entry: Path
    """A .tlog-proof without extra data, and its entry."""
    witness: Path
    """The Ed25519 key of the witness that cosigned all of these."""
    ml_dsa_witness: str
    """Its other key."""
    policy: Path
    """A tlog-policy that believes the log with both of the witness's cosignatures."""


def affidavit(data: Path, *words: str | Path) -> str:
    """What a command prints."""
    environment = {**os.environ, "AFFIDAVIT_DATA": str(data)}
    done = subprocess.run(
        [AFFIDAVIT, *words], env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def run(*words: str | Path) -> Any:
    """A foreign program, finished; it may well have failed."""
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)


def _import(data: Path, folder: Path, name: str, count: int) -> None:
    (folder / name).write_bytes(okta_lines(count))
    affidavit(data, "import", "--source", name, "--type", "okta.system_log", folder / name)


def _checkpoint(data: Path, size: int) -> dict[str, Any]:
    """The newest checkpoint once it covers `size` entries."""
    for _ in range(400):
        said: dict[str, Any] = json.loads(affidavit(data, "checkpoint", "--json"))
        if said["size"] >= size:
            return said
        time.sleep(0.1)
    raise AssertionError(f"{size} entries were not sealed")


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    """712 entries, which a running server serves: two full tiles and a partial one, and a partial one above.

    A witness in a process of its own cosigns every checkpoint, with Ed25519 and with ML-DSA-44.
    """
    data = folder / "data"
    keys = json.loads(affidavit(data, "init", "--json"))["verifier_keys"]
    witness = WitnessServer(folder / "witness")
    witness.add_log(keys)
    witness.start()
    one, two = witness.verifier_keys
    witnesses = (
        f"witness ed {one} {witness.url}\nwitness ml {two} {witness.url}\ngroup both all ed ml\nquorum both\n"
    )
    (folder / "published").write_text(witnesses)
    (data / "affidavit.toml").write_text('[witness]\npolicy = "../published"\n')
    server = Server(data)
    try:
        _import(data, folder, "first", FIRST)
        earlier = _checkpoint(data, FIRST)
        server.start()
        server.wait_ready()
        _import(data, folder, "second", SECOND)
        later = _checkpoint(data, FIRST + SECOND)
        files = {
            "keys": "".join(f"{key}\n" for key in later["verifier_keys"]),
            "ed25519": later["verifier_keys"][0],
            "earlier": earlier["note"],
            "later": later["note"],
            "witness-key": one,
            "policy": f"log {keys[0]}\n{witnesses}",
        }
        for name, text in files.items():
            (folder / name).write_text(text)
        consistency = folder / "consistency.json"
        consistency.write_text(affidavit(data, "consistency", folder / "earlier", "--json"))
        proof, entry = folder / f"{INDEX}.tlog-proof", folder / f"{INDEX}.entry"
        affidavit(data, "proof", str(INDEX), "-o", proof)
        bundle = httpx.get(f"{server.url}/log/{Bundle(INDEX // TILE_WIDTH).path}", trust_env=False).content
        entry.write_bytes(_entry(bundle, INDEX % TILE_WIDTH))
        yield Served(
            data=data,
            url=f"{server.url}/log",
            keys=folder / "keys",
            ed25519=folder / "ed25519",
            earlier=folder / "earlier",
            later=folder / "later",
            consistency=consistency,
            proof=proof,
            entry=entry,
            witness=folder / "witness-key",
            ml_dsa_witness=two,
            policy=folder / "policy",
        )
    finally:
        if server.pid_alive():
            server.stop()
        witness.stop()


def _entry(bundle: bytes, number: int) -> bytes:
    """An entry of a bundle, by hand."""
    for _ in range(number):
        bundle = bundle[2 + int.from_bytes(bundle[:2], "big") :]
    return bundle[2 : 2 + int.from_bytes(bundle[:2], "big")]


def mirror(served: Served, folder: Path) -> None:
    """Copy everything that the log serves into files at the same paths."""
    note = served.later.read_bytes()
    size = parse_checkpoint(parse_note(note).text).size
    paths = []
    level = 0
    while hashes := level_hashes(level, size=size):
        paths += [tile_at(level, n, size=size).path for n in range(-(-hashes // TILE_WIDTH))]
        level += 1
    bundles = range(-(-size // TILE_WIDTH))
    paths += [Bundle(n, min(TILE_WIDTH, size - n * TILE_WIDTH)).path for n in bundles]
    (folder / "checkpoint").write_bytes(note)
    for path in paths:
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        answer = httpx.get(f"{served.url}/{path}", trust_env=False).raise_for_status()
        file.write_bytes(answer.content)


class _Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def static(folder: Path) -> Iterator[str]:
    """The URL of a folder, without a slash at the end."""
    handler = functools.partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
