"""A witness as those who ask it see it: a real process, over HTTP."""

from __future__ import annotations

import stat
from hashlib import sha256
from typing import TYPE_CHECKING

import httpx
import pytest
from tests.running.signed_log import ORIGIN, SignedLog
from tests.running.witness_server import WitnessServer

from affidavit.formats.tlog.checkpoint import open_checkpoint
from affidavit.formats.tlog.note import open_note
from affidavit.formats.tlog.signing import verifier_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOG = SignedLog()


@pytest.fixture(scope="module")
def witness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WitnessServer]:
    """A witness that knows the log, and has cosigned three entries of it."""
    server = WitnessServer(tmp_path_factory.mktemp("witness") / "w")
    server.start()
    server.add_log([str(LOG.signer.key)])
    assert server.add_checkpoint(LOG.request(0, 3)).status_code == 200
    yield server
    assert server.stop() == 0


def test_its_statuses_are_those_of_tlog_witness(witness: WitnessServer) -> None:
    """200, 400, 403, 404, 409 with the size in its own media type, and 422."""
    for body, status in (
        (b"nonsense", 400),
        (LOG.request(4, 3), 400),
        (SignedLog(seed=b"X").request(3, 4), 403),
        (SignedLog(origin="example.com/other").request(0, 4), 404),
        (LOG.request(0, 4), 409),
        (SignedLog(salt="other").request(3, 3), 409),
        (SignedLog(salt="other").request(3, 5), 422),
        (LOG.request(3, 3), 200),
    ):
        answer = witness.add_checkpoint(body)
        assert answer.status_code == status, answer.text
        if status == 409:
            assert answer.text == "3\n"
            assert answer.headers["content-type"].partition(";")[0] == "text/x.tlog.size"
        elif status == 200:
            opened = open_note(LOG.note(3) + answer.content, map(verifier_of, witness.verifier_keys))
            assert [str(each.key) for each in opened.signed_by] == witness.verifier_keys


def test_monitors_read_what_it_cosigned(witness: WitnessServer) -> None:
    """The newest note with the log's and the witness's signatures, under the hash of the origin; 404 for others."""
    name = sha256(ORIGIN.encode()).hexdigest()
    note = httpx.get(f"{witness.url}/{name}/checkpoint", trust_env=False).raise_for_status().content
    keys = [str(LOG.signer.key), *witness.verifier_keys]
    assert open_checkpoint(note, map(verifier_of, keys)).checkpoint.size == 3
    for other in (name[:-1] + "g", "0" * 64, ".."):
        assert httpx.get(f"{witness.url}/{other}/checkpoint", trust_env=False).status_code == 404


def test_what_is_no_request_of_this_protocol_is_refused(witness: WitnessServer) -> None:
    """Another method, another path, and a body of a megabyte."""
    assert httpx.get(f"{witness.url}/add-checkpoint", trust_env=False).status_code == 405
    assert httpx.post(f"{witness.url}/other", trust_env=False).status_code == 404
    assert witness.add_checkpoint(b"old 0\n\n" + b"x" * (1 << 20)).status_code == 413


def test_its_secret_keys_are_its_owners_alone(witness: WitnessServer) -> None:
    """The key file has mode 0600, and the witness's keys are not printed again as secrets."""
    assert stat.S_IMODE((witness.data / "keys" / "witness.key").stat().st_mode) == 0o600
    assert "PRIVATE" not in (witness.data / "keys" / "witness.vkey").read_text()


def test_killed_between_persisting_and_answering_it_goes_on_from_what_it_persisted(tmp_path: Path) -> None:
    """Killed with -9 just then: no cosignature left, the size is the new one, and no fork from the old one passes."""
    witness = WitnessServer(tmp_path / "w")
    witness.add_log([str(LOG.signer.key)])
    witness.start()
    assert witness.add_checkpoint(LOG.request(0, 3)).status_code == 200
    assert witness.stop() == 0
    witness.start(dies=True)
    with pytest.raises(httpx.HTTPError):
        witness.add_checkpoint(LOG.request(3, 5))
    assert witness.wait() == -9
    witness.start()
    try:
        assert witness.add_checkpoint(SignedLog(salt="other").request(3, 5)).text == "5\n"
        assert witness.add_checkpoint(SignedLog(salt="other").request(5, 5)).status_code == 409
        assert witness.add_checkpoint(SignedLog(salt="other").request(5, 9)).status_code == 422
        assert witness.add_checkpoint(LOG.request(5, 5)).status_code == 200
    finally:
        witness.stop()
