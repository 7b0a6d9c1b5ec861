"""One frozen tree of settings, read once: `affidavit.toml` in the data directory, then the environment.

`AFFIDAVIT_<SECTION>_<KEY>` overrides `[section] key`, e.g. AFFIDAVIT_INTAKE_MAX_BODY_BYTES. An unknown key
is an error that names it: a misspelt limit must not be silently without effect.
"""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from affidavit.core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

MIB = 1024 * 1024


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[server]: the HTTP listener."""

    listen: str = "127.0.0.1:8470"
    """ADDRESS:PORT to listen on."""
    tls_certificate: str | None = None
    """PEM file of the certificate chain; with `tls_key` the server speaks HTTPS only."""
    tls_key: str | None = None
    """PEM file of the certificate's key."""
    public_log: bool = True
    """Serve /log/ without a token. Checkpoints, tiles and entries hold no personal data by construction."""


class StateSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[state]: the SQL database."""

    url: str | None = None
    """SQLAlchemy URL, e.g. postgresql+psycopg://…; without it, SQLite in the data directory."""


class IntakeSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[intake]: limits of what is received."""

    max_line_bytes: int = 1 * MIB
    """A longer line goes to quarantine."""
    max_document_bytes: int = 64 * MIB
    """A longer JSON document (one object, array or envelope) goes to quarantine."""
    max_body_bytes: int = 1024 * MIB
    """A body is read up to this, decompressed; what is behind goes to quarantine with the compressed body."""
    max_compressed_bytes: int = 128 * MIB
    """A longer compressed body is refused."""
    max_inflight_bytes: int = 192 * MIB
    """Received but not yet spooled, over all requests; beyond it senders are told to wait (429)."""
    max_spool_bytes: int = 4096 * MIB
    """Spooled but not yet sealed; beyond it senders are told to wait (503)."""
    min_free_bytes: int = 512 * MIB
    """Below this much free space on the data volume new batches are refused (503)."""
    idempotency_window_s: int = 24 * 3600
    """For this long a repeated Idempotency-Key is answered with the first receipt."""


class SealSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[seal]: how often checkpoints are made."""

    max_records: int = 20_000
    """Records in one segment, and between two checkpoints; a refused line counts as one, and so do 4 KiB."""
    interval_s: float = 0.25
    """Least time between two checkpoints while fewer records than that come in; under load three times that."""
    origin: str = "affidavit.invalid/log"
    """Origin line of the log; a name that is yours. Written into the keys when the data directory is made."""


class TimestampSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[timestamp]: RFC 3161 timestamps over checkpoints."""

    url: str | None = None
    """Where a time-stamping authority answers over HTTP; without it checkpoints are kept and not stamped."""
    interval_s: float = 60.0
    """While records come in, a checkpoint is kept, and stamped, each time so long has passed."""
    roots: str | None = None
    """PEM file of the certificates whose word about the time is believed, from the data directory on; needed with
    `url`, and to verify."""


class WitnessSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[witness]: who must cosign a checkpoint before it is published."""

    policy: str | None = None
    """C2SP tlog-policy file with the witnesses' URLs; without it checkpoints are published at once."""
    on_missing: Literal["hold", "publish"] = "hold"
    """Below the policy's quorum: `hold` back the newest checkpoint, or `publish` it without and say so."""
    timeout_s: float = 5.0
    """So long a witness is waited for; an outage is reported once it lasts longer."""
    interval_s: float = 0.9
    """Least time between two rounds of asking; what is sealed meanwhile goes into the next."""
    ca: str | None = None
    """PEM file of the authorities to trust for the witnesses' HTTPS, instead of the system's."""


class KeeperSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[keeper]: upkeep of the lake in the background."""

    interval_s: float = 20.0
    """Between two looks for something to do."""
    compact_files: int = 16
    """Small segments of a day that make a compaction worth while."""
    orphan_age_s: float = 60.0
    """For so long a file that was replaced is kept for readers; one of unknown origin for an hour."""


class ScrubSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[scrub]: verifying everything stored again, in the background."""

    period_days: float = 30.0
    """Within so many days everything is verified once; 0 turns it off."""
    share: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.1
    """At most this share of the time is spent on it."""


class SearchSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[search]: the query engine."""

    threads: int = 2
    """Threads of one query."""
    memory_bytes: int = 512 * MIB
    """Memory of the query engine; a quarter as much again remembers columns that were read."""
    page: int = 1000
    """Records in a page where the reader names no limit."""


class EvidenceSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[evidence]: bundles for auditors."""

    keep_s: float = 7 * 86_400.0
    """A finished bundle can be fetched for this long; then its file is deleted."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that can be set."""

    server: ServerSettings = ServerSettings()
    state: StateSettings = StateSettings()
    intake: IntakeSettings = IntakeSettings()
    seal: SealSettings = SealSettings()
    timestamp: TimestampSettings = TimestampSettings()
    witness: WitnessSettings = WitnessSettings()
    keeper: KeeperSettings = KeeperSettings()
    scrub: ScrubSettings = ScrubSettings()
    search: SearchSettings = SearchSettings()
    evidence: EvidenceSettings = EvidenceSettings()


SECTIONS: dict[str, type[msgspec.Struct]] = {
    "server": ServerSettings,
    "state": StateSettings,
    "intake": IntakeSettings,
    "seal": SealSettings,
    "timestamp": TimestampSettings,
    "witness": WitnessSettings,
    "keeper": KeeperSettings,
    "scrub": ScrubSettings,
    "search": SearchSettings,
    "evidence": EvidenceSettings,
}


def load(text: str, environment: Mapping[str, str]) -> Settings:
    """The settings of an `affidavit.toml`'s text and the environment; ConfigurationError names the key."""
    try:
        tree: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"affidavit.toml: {error}", code="settings") from error
    for section, kind in SECTIONS.items():
        for name in kind.__struct_fields__:
            value = environment.get(f"AFFIDAVIT_{section}_{name}".upper())
            if value is not None:
                tree.setdefault(section, {})[name] = value
    try:
        return msgspec.convert(tree, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigurationError(
            f"settings: {error}", code="settings", hint="docs/configuration.md lists every key."
        ) from error
