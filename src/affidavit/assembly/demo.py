"""The bundled samples: a small story over a few days, so that a newcomer sees records within a minute."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from affidavit.assembly.running import running_server
from affidavit.core.errors import OperationalError
from affidavit.sources.registry import KINDS

if TYPE_CHECKING:
    from pathlib import Path

_SOURCES = {
    "aws.cloudtrail": "aws-demo",
    "github.audit": "github-demo",
    "kubernetes.audit": "kubernetes-demo",
    "linux.sshd": "sshd-demo",
    "okta.system_log": "okta-demo",
}


def load_samples(path: Path) -> None:
    """Send the samples to the server on the data directory, once: a repeated key adds nothing."""
    import httpx

    server = running_server(path)
    if server is None:
        raise OperationalError("no server runs on the data directory", code="unreachable")
    headers = {"Authorization": f"Bearer {server.token}"}
    with httpx.Client(base_url=server.url, headers=headers, timeout=60.0, trust_env=False) as http:
        for kind in KINDS.values():
            name = _SOURCES.get(kind.type)
            if name is None:
                continue
            folder = resources.files(f"affidavit.sources.{kind.type.partition('.')[0]}")
            body = next(file for file in folder.iterdir() if file.name.startswith("samples.")).read_bytes()
            http.post("/v1/sources", json={"name": name, "type": kind.type}).raise_for_status()
            key = {"Idempotency-Key": f"import-demo-{kind.type}"}
            http.post(f"/v1/ingest/{name}", content=body, headers=key).raise_for_status()
