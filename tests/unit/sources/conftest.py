"""Fixtures that every source's tests share: the accounting of raw = mapped + unmapped."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

import pytest

Unaccounted = Callable[[dict[str, Any], dict[str, Any], dict[str, Any] | None, AbstractSet[str]], list[str]]


@pytest.fixture(scope="session")
def unaccounted() -> Unaccounted:
    """`unaccounted(raw, event, unmapped, transformed)` of accounting.py: the paths that a mapping lost."""
    spec = importlib.util.spec_from_file_location("accounting", Path(__file__).with_name("accounting.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    function: Unaccounted = module.unaccounted
    return function


Faults = Callable[[dict[str, Any]], list[Any]]


@pytest.fixture(scope="session")
def faults() -> Faults:
    """`faults(event)`: what the OCSF 1.8.0 schema has against an event; skips where its checker is absent."""
    path = Path(__file__).parents[4] / "shared/ocsf/check.py"
    if not path.exists():
        pytest.skip("the checker of OCSF events is not beside this repository")
    spec = importlib.util.spec_from_file_location("ocsf_checker", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    function: Faults = module.faults
    return function
