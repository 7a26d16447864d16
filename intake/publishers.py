"""Publishers over HTTP: known by a token, and bound to stores and events."""

from intake.errors import RequestRefusedError
from ledger.ledger import Ledger
from schemas.publisher import Publisher

MAX_CHARACTERS = 200
"""Of a token; ours have 43."""


def publisher_of(ledger: Ledger, authorization: str) -> Publisher:
    """Return the publisher of a request's token. Raises RequestRefusedError: 401; and LedgerUnavailableError."""
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise RequestRefusedError(401, "Send your token: Authorization: Bearer TOKEN.")
    with ledger.read() as work:
        account = work.publisher_tokens.account_of(token.strip()[:MAX_CHARACTERS])
        bound = {publisher.account: publisher for publisher in work.publishers.all()} if account else {}
    if account not in bound:
        raise RequestRefusedError(401, "The token is not known, or was revoked; ask for a new one.")
    return bound[account]
