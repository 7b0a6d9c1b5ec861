"""What the API says of the state of what is stored, and to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.running.in_process import Api


def test_scrub_and_fsck(api: Api) -> None:
    """Readers see when everything was verified last and the last report; asking for one takes `admin`."""
    reader = api.token("read")
    scrub = api.get("/v1/scrub", token=reader)
    assert scrub.status_code == 200
    assert scrub.json() == {"verified": None, "round": None, "finding": None, "late": False}
    assert api.send("POST", "/v1/fsck", token=reader).status_code == 403
    asked = api.send("POST", "/v1/fsck")
    assert asked.status_code == 202
    assert asked.json()["waits"]
    assert api.get("/v1/fsck", token=reader).json() == asked.json()
    assert api.get("/v1/scrub", token=None).status_code == 401
