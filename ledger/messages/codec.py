"""Columns of stored messages: headers as JSON, the follow-ups of an inbox row as one compact JSON array."""

import json
from collections.abc import Sequence
from typing import Any

import msgspec
from pydantic_core import from_json

from schemas.message import Headers, Message

_encode = msgspec.json.Encoder().encode
"""Writes a body as a text in a third of the time that pydantic takes."""


def dump_headers(headers: Headers) -> str:
    """Return headers as compact JSON."""
    return json.dumps(dict(headers), separators=(",", ":"), sort_keys=True) if headers else "{}"


def load_headers(text: str) -> dict[str, str | int]:
    """Return the headers that were stored."""
    return {} if text == "{}" else dict(json.loads(text))


def dump_follow_ups(messages: Sequence[Message]) -> bytes | None:
    """Return follow-ups as JSON, or None without any. Their bodies must be UTF-8, as all that we publish is."""
    return _encode([_fields(message) for message in messages]) if messages else None


def load_follow_ups(stored: bytes | None) -> tuple[Message, ...]:
    """Return the follow-ups that were stored, the same to the byte."""
    return tuple(_message(fields) for fields in from_json(stored)) if stored else ()


def _fields(message: Message) -> list[object]:
    key = message.key.hex() if message.key else None
    return [message.id, message.name, message.body.decode(), message.order_id, message.to, dict(message.headers), key]


def _message(fields: list[Any]) -> Message:
    message_id, name, body, order_id, to, headers, key = fields
    return Message(message_id, name, body.encode(), order_id, to, headers, bytes.fromhex(key) if key else None)
