"""The digital signature of Adobe I/O Events.

Source: Adobe I/O Events, "Introduction to webhooks", and the library of Adobe's that checks it (aio-lib-events): RSA
PKCS#1 v1.5 with SHA-256 over the raw body, made with two keys, so that one may be replaced; one of both has to fit.
"""

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator, Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from gateways.commerce.io_events.public_keys import PublicKeys
from gateways.errors import CallFailedError, SignatureError


def check_signature(body: bytes, headers: Mapping[str, str], keys: PublicKeys) -> bytes:
    """Return the text that Adobe signed: the body, or its content if it is Base64. *headers* have lower-case names.

    Raises SignatureError when Adobe did not sign it, and CallFailedError when a key to verify it cannot be got.
    """
    text, failed = _signed_text(body), None
    signatures = list(_signatures(headers))
    if not signatures:
        raise SignatureError("The event has no digital signature of Adobe's; it is not believed.")
    for signature, path in signatures:
        try:
            key = keys.key(path)
        except CallFailedError as error:
            failed = error
            continue
        if key and _fits(key, signature, text):
            return text
    if failed:
        raise failed
    raise SignatureError("The event's digital signature is not Adobe's; it is not believed.")


def _signatures(headers: Mapping[str, str]) -> Iterator[tuple[bytes, str]]:
    for number in (1, 2):
        signature = headers.get(f"x-adobe-digital-signature-{number}")
        path = headers.get(f"x-adobe-public-key{number}-path")
        if signature and path:
            try:
                yield b64decode(signature, validate=True), path
            except (Base64Error, ValueError):
                continue


def _signed_text(body: bytes) -> bytes:
    """Return the body; one that is Base64 as a whole is signed as the text that it stands for."""
    stripped = body.strip()
    if stripped[:1] in (b"{", b"["):
        return body
    try:
        return b64decode(stripped, validate=True) or body
    except (Base64Error, ValueError):
        return body


def _fits(key: RSAPublicKey, signature: bytes, text: bytes) -> bool:
    try:
        key.verify(signature, text, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True
