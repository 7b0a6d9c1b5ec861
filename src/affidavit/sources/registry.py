"""The source types that Affidavit can read, by name."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from affidavit.core.errors import NotFoundError
from affidavit.sources.aws.kind import KIND as AWS_CLOUDTRAIL
from affidavit.sources.github.kind import KIND as GITHUB_AUDIT
from affidavit.sources.kubernetes.kind import KIND as KUBERNETES_AUDIT
from affidavit.sources.linux.kind import KIND as LINUX_SSHD
from affidavit.sources.okta.kind import KIND as OKTA_SYSTEM_LOG

if TYPE_CHECKING:
    from collections.abc import Mapping

    from affidavit.core.ids import SourceType
    from affidavit.sources.interface import SourceKind

KINDS: Mapping[SourceType, SourceKind] = MappingProxyType(
    {
        kind.type: kind
        for kind in (AWS_CLOUDTRAIL, GITHUB_AUDIT, KUBERNETES_AUDIT, LINUX_SSHD, OKTA_SYSTEM_LOG)
    }
)
"""Each source type's kind, in alphabetical order."""


def kind_of(source_type: str) -> SourceKind:
    """The kind of that name; NotFoundError, with the names there are, for any other."""
    for name, kind in KINDS.items():
        if name == source_type:
            return kind
    raise NotFoundError(
        f"no source type {source_type!r}", hint=f"Use one of: {', '.join(KINDS)}.", code="unknown-source-type"
    )
