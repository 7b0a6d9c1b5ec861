"""The API that the tests of one file share; each test works on sources of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.running.in_process import Api, api_in_process

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The application over a data directory of its own."""
    with api_in_process(tmp_path_factory.mktemp("api") / "data") as held:
        yield held
