"""A shop's own webhook: a small JSON document, signed with a secret that both sides share.

    X-Crossdock-Signature: t=1796000000,v1=HEX      HMAC-SHA256 over `t`, a full stop, and the raw body
    {"id": "...", "shipments": [17], "skus": ["MUG"]}

As everything that Commerce reports it is a hint: the facts are read from Commerce.
"""

import hmac
import re
from codecs import BOM_UTF8
from hashlib import sha256

from pydantic_core import from_json

from gateways.commerce.io_events.changes import MAX_SKU, ChangedInShop
from gateways.errors import SignatureError, UnreadableInputError

SIGNATURE = "x-crossdock-signature"

TOLERANCE = 300
"""Seconds that the signature's time may differ from ours: a delivery that was recorded cannot be sent again later."""

MAX_CHANGES = 1_000
"""Shipments and products of one delivery."""

_FORM = re.compile(r"t=(\d{1,12}),\s*v1=([0-9a-f]{64})")


def check_webhook(body: bytes, signature: str, secret: str, now: float) -> None:
    """Raise SignatureError unless a body was signed with the secret, and lately."""
    form = _FORM.fullmatch(signature.strip())
    if form is None:
        raise SignatureError(f"The header {SIGNATURE} is missing or has another form than t=SECONDS,v1=HEX.")
    if not hmac.compare_digest(_signed(body, secret, form[1]), form[2]):
        raise SignatureError("The signature does not fit the body and the shared secret.")
    if abs(now - int(form[1])) > TOLERANCE:
        raise SignatureError(f"The signature was made more than {TOLERANCE} seconds ago, or by a clock that is wrong.")


def signature_of(body: bytes, secret: str, now: float) -> str:
    """Return the header's value with which a shop signs a body."""
    seconds = str(int(now))
    return f"t={seconds},v1={_signed(body, secret, seconds)}"


def _signed(body: bytes, secret: str, seconds: str) -> str:
    return hmac.new(secret.encode(), seconds.encode() + b"." + body, sha256).hexdigest()


def read_webhook(body: bytes) -> ChangedInShop:
    """Return the entities that a delivery reports as changed. Raises UnreadableInputError."""
    try:
        document = from_json(body.removeprefix(BOM_UTF8), allow_inf_nan=False)
    except ValueError:
        raise UnreadableInputError("The body is not JSON in UTF-8.") from None
    if not isinstance(document, dict):
        raise UnreadableInputError("The body is JSON, but not an object.")
    shipments, skus = document.get("shipments", []), document.get("skus", [])
    if not isinstance(shipments, list) or not all(_is_id(shipment_id) for shipment_id in shipments):
        raise UnreadableInputError("`shipments` has to be an array of the shipments' ids, whole numbers above 0.")
    if not isinstance(skus, list) or not all(isinstance(sku, str) and 0 < len(sku.strip()) <= MAX_SKU for sku in skus):
        raise UnreadableInputError(f"`skus` has to be an array of SKUs of 1 to {MAX_SKU} characters.")
    if not 0 < len(shipments) + len(skus) <= MAX_CHANGES:
        raise UnreadableInputError(f"A delivery has 1 to {MAX_CHANGES:,} shipments and SKUs.")
    event_id = str(document.get("id") or sha256(body).hexdigest())[:200]
    return ChangedInShop(event_id, tuple(shipments), tuple(sku.strip() for sku in skus))


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63
