"""The registry of source types."""

from __future__ import annotations

import pytest

from affidavit.core.errors import NotFoundError
from affidavit.sources.registry import KINDS, kind_of


def test_each_kind_is_listed_under_its_own_name() -> None:
    """A type is found by its name, and what entries commit to follows from name and version."""
    assert list(KINDS) == sorted(KINDS)
    for name in KINDS:
        kind = kind_of(name)
        assert kind.type == name
        assert kind.mapper == f"{name}/{kind.version}"
        assert kind.title


def test_unknown_type_names_those_there_are() -> None:
    """Asking for a type that does not exist says which do."""
    with pytest.raises(NotFoundError) as caught:
        kind_of("okta.systemlog")
    assert "okta.system_log" in caught.value.hint
