"""The Litestar application over live services."""

from __future__ import annotations

from litestar import Litestar, get
from litestar.di import Provide
from litestar.exceptions import HTTPException

from affidavit.core.errors import AffidavitError
from affidavit.core.ids import DEFAULT_TENANT
from affidavit.server.api.v1.checkpoint import checkpoint
from affidavit.server.api.v1.evidence import ask_evidence, fetch_evidence, show_evidence
from affidavit.server.api.v1.fsck import ask_fsck, fsck
from affidavit.server.api.v1.ingest import ingest
from affidavit.server.api.v1.keys import list_keys, rotate_keys
from affidavit.server.api.v1.proofs import consistency, proof
from affidavit.server.api.v1.quarantine import list_quarantine, raw_quarantine, show_quarantine
from affidavit.server.api.v1.receipts import receipt
from affidavit.server.api.v1.records import record
from affidavit.server.api.v1.scrub import scrub
from affidavit.server.api.v1.search import search
from affidavit.server.api.v1.sources import add_source, list_sources, source_types
from affidavit.server.api.v1.tokens import create_token, list_tokens, revoke_token
from affidavit.server.headers import protect
from affidavit.server.log import log_checkpoint, log_tile
from affidavit.server.log_checkpoints import log_checkpoints, log_kept_checkpoint
from affidavit.server.problem import on_affidavit_error, on_fault, on_http_error
from affidavit.server.services import Injected, Services


@get("/healthz", sync_to_thread=True)
def healthz(services: Injected) -> dict[str, str]:
    """Answers once the server takes batches; `witness` says how publication stands, where it needs witnesses."""
    status = services.tenants[DEFAULT_TENANT].publication()
    return {"status": "ok"} if status is None else {"status": "ok", "witness": status.state}


def create_app(services: Services) -> Litestar:
    """The application; it holds no state of its own."""
    return Litestar(
        route_handlers=[
            healthz,
            ingest,
            receipt,
            source_types,
            list_sources,
            add_source,
            list_tokens,
            create_token,
            revoke_token,
            list_quarantine,
            show_quarantine,
            raw_quarantine,
            search,
            record,
            ask_evidence,
            show_evidence,
            fetch_evidence,
            checkpoint,
            proof,
            consistency,
            scrub,
            fsck,
            ask_fsck,
            list_keys,
            rotate_keys,
            log_checkpoint,
            log_tile,
            log_checkpoints,
            log_kept_checkpoint,
        ],
        dependencies={"services": Provide(lambda: services, sync_to_thread=False)},
        exception_handlers={
            AffidavitError: on_affidavit_error,
            HTTPException: on_http_error,
            Exception: on_fault,
        },
        before_send=[protect],
        logging_config=None,
        openapi_config=None,
    )
