"""The static files, at addresses that change with their content, so that browsers may keep them."""

import hashlib
from functools import cache
from pathlib import Path

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parent / "static"
CACHE_CONTROL = "public, max-age=31536000, immutable"


class _KeptFiles(StaticFiles):
    """Static files that browsers keep when the address has the content's hash."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = CACHE_CONTROL if scope["query_string"] else "no-cache"
        return response


def mount(app: FastAPI) -> None:
    """Serve the files under /static."""
    app.mount("/static", _KeptFiles(directory=FOLDER), name="static")


@cache
def static_url(path: str) -> str:
    """Return the address of a file of the folder."""
    digest = hashlib.sha256((FOLDER / path).read_bytes()).hexdigest()[:12]
    return f"/static/{path}?v={digest}"
