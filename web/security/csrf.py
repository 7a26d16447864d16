"""Forged requests: a change must come from a page of ours, and from this session's own forms.

The token of the forms is derived from the session's secret, so nothing has to be stored.
"""

import hmac
from urllib.parse import urlsplit

from fastapi import Request

from web.errors import ForgedRequestError
from web.security.cookies import session_secret

FIELD = "csrf_token"
HEADER = "X-CSRF-Token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def csrf_token(request: Request) -> str:
    """Return the token for forms of this request's session; empty without one."""
    secret = session_secret(request)
    return hmac.digest(secret.encode(), b"crossdock csrf", "sha256").hex() if secret else ""


async def check_csrf(request: Request) -> None:
    """Raise ForgedRequestError for a change that another site asks for, or that lacks its session's token."""
    if request.method in SAFE:
        return
    if _is_foreign(request):
        raise ForgedRequestError("Another site asked for this change, so nothing was changed.")
    expected = csrf_token(request)
    token = request.headers.get(HEADER) or (await request.form()).get(FIELD) or ""
    if not isinstance(token, str) or not hmac.compare_digest(token.encode(), expected.encode()):
        raise ForgedRequestError("This page is out of date, so nothing was changed. Load it again and repeat.")


def _is_foreign(request: Request) -> bool:
    """Whether a page of another site asks: browsers say so in `Sec-Fetch-Site`, older ones in `Origin`."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        return site not in {"same-origin", "none"}
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host")
