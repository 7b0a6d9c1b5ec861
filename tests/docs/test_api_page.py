"""docs/api.md lists every route that the server answers, and no other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, cast

from litestar.routes import HTTPRoute

from affidavit.server.app import create_app

if TYPE_CHECKING:
    from affidavit.server.services import Services

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text()


def test_every_route_is_listed() -> None:
    """Method and path of each request stand in the table."""
    app = create_app(cast("Services", None))
    answered = {
        (method, re.sub(r":\w+\}", "}", route.path))
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for method in route.methods - {"OPTIONS", "HEAD"}
    }
    assert set(re.findall(r"^\| `(GET|POST|DELETE|PUT|PATCH) (\S+)` \|", PAGE, re.MULTILINE)) == answered
