"""How the tenant's checkpoints are published, put together from [witness]: at once, or with cosignatures."""

from __future__ import annotations

import ssl
from dataclasses import replace
from typing import TYPE_CHECKING

from affidavit.assembly.layout import LOG
from affidavit.assembly.outages import Telling, witness_status
from affidavit.core.errors import AffidavitError, ConfigurationError, NotFoundError
from affidavit.formats.tlog.policy import Policy
from affidavit.formats.tlog.signing import verifier_of
from affidavit.formats.tlog.witnessed import open_witnessed
from affidavit.ledger.heads import Heads
from affidavit.ledger.log import Log
from affidavit.ledger.publication import DirectPublication, Status, WitnessedPublication
from affidavit.storage.local import LocalStore

if TYPE_CHECKING:
    from pathlib import Path

    from affidavit.assembly.directory import Directory
    from affidavit.core.ids import Tenant
    from affidavit.core.settings import WitnessSettings
    from affidavit.ledger.asking import Asking
    from affidavit.pipeline.seal import Publication


def open_publication(directory: Directory, tenant: Tenant) -> Publication:
    """What publishes for the tenant's sealer. VerificationError (`witness-ahead`) where a witness knows more.

    ConfigurationError where the policy cannot be read, cannot be met, or is for other logs.
    """
    tenant_log = Log(directory.tenant_store(tenant), LOG)
    head = Heads(directory.database).get(tenant)
    policy = None if head is None else configured_policy(directory)
    if head is None or policy is None:  # the log's witnesses cannot know it before it is made
        return DirectPublication(tenant_log)
    _check_policy(policy, directory.keyring(tenant).origin)
    settings = directory.settings.witness
    publication = WitnessedPublication(
        tenant_log,
        policy,
        _asking(directory, policy, tenant_log),
        hold=settings.on_missing == "hold",
        interval_s=settings.interval_s,
        timeout_s=settings.timeout_s,
        tell=Telling(directory, tenant).tell,
    )
    try:
        publication.check(head.checkpoint.encode())
    except AffidavitError:
        publication.close()
        raise
    if not _stands(directory, tenant, policy, head.size):
        publication.publish(head.checkpoint.encode())
    return publication


def _stands(directory: Directory, tenant: Tenant, policy: Policy, size: int) -> bool:
    """Whether the head is published with its quorum already, and nothing else was told."""
    if (witness_status(directory, tenant) or Status()) != Status():
        return False
    keys = map(verifier_of, directory.keyring(tenant).verifier_keys)
    try:
        note = Log(directory.tenant_store(tenant), LOG).checkpoint()
        witnessed = open_witnessed(note, replace(policy, logs=()), logs=keys)
    except AffidavitError:
        return False
    return witnessed.met and witnessed.checkpoint.size == size


def configured_policy(directory: Directory) -> Policy | None:
    """The policy that [witness] names, relative to the data directory; None where it names none."""
    return _named_policy(directory.path, directory.settings.witness)


def check_settings(path: Path, settings: WitnessSettings) -> None:
    """Return only if [witness] can be obeyed; ConfigurationError (`witness-policy`) says why not."""
    policy = _named_policy(path, settings)
    if policy is not None:
        _check_reach(policy)
        _trust(settings)


def _named_policy(path: Path, settings: WitnessSettings) -> Policy | None:
    return None if settings.policy is None else read_policy(path / settings.policy)


def read_policy(file: Path) -> Policy:
    """The policy in a file; ConfigurationError (`witness-policy`) where there is none that can be read."""
    hint = "c2sp.org/tlog-policy says what it looks like."
    try:
        return Policy.parse(LocalStore(file.parent.absolute()).read(file.name))
    except NotFoundError as error:
        raise ConfigurationError(
            f"the policy file {file} does not exist", code="witness-policy", hint=hint
        ) from error
    except AffidavitError as error:
        raise ConfigurationError(f"{file}: {error.message}", code="witness-policy", hint=hint) from error


def _check_policy(policy: Policy, origin: str) -> None:
    if policy.logs and origin not in {key.name for key in policy.logs}:
        raise ConfigurationError(
            "the policy of [witness] is for other logs than this one",
            code="witness-policy",
            hint="Put this log's verifier keys on its log lines; `affidavit checkpoint` prints them.",
        )
    _check_reach(policy)


def _check_reach(policy: Policy) -> None:
    if not policy.met_by([witness.name for witness in policy.witnesses if witness.url]):
        raise ConfigurationError(
            "the witnesses with a URL cannot meet the quorum of the policy of [witness]",
            code="witness-policy",
            hint="Give the submission prefix of each witness after its key.",
        )


def _asking(directory: Directory, policy: Policy, tenant_log: Log) -> Asking:
    import httpx

    from affidavit.ledger.asking import Asking
    from affidavit.ledger.witnesses import RemoteWitness

    settings = directory.settings.witness
    http = httpx.Client(verify=_trust(settings), trust_env=False)
    urls = {witness.url.rstrip("/"): witness.url for witness in policy.witnesses if witness.url}
    witnesses = [
        RemoteWitness(
            url,
            [witness for witness in policy.witnesses if witness.url and witness.url.rstrip("/") == url],
            http=http,
            deadline_s=settings.timeout_s,
        )
        for url in urls
    ]
    return Asking(policy, witnesses, tenant_log.read_tile)


def _trust(settings: WitnessSettings) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=settings.ca)
    except OSError as error:
        raise ConfigurationError(
            f"[witness] ca names {settings.ca}, which cannot be read",
            code="witness-policy",
            hint="Name a PEM file of the authorities to trust, or none for the system's.",
        ) from error
