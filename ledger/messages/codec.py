"""How messages lie in columns: headers as JSON, bodies sealed, follow-ups of an inbox row as one compact JSON."""

import json
from collections.abc import Sequence
from typing import Any

from pydantic_core import from_json, to_json

from schemas.message import Headers, Message


def dump_headers(headers: Headers) -> str:
    """Write headers as compact JSON."""
    return json.dumps(dict(headers), separators=(",", ":"), sort_keys=True) if headers else "{}"


def load_headers(text: str) -> dict[str, str | int]:
    """Read headers back."""
    return {} if text == "{}" else dict(json.loads(text))


def dump_follow_ups(messages: Sequence[Message]) -> bytes | None:
    """Write follow-ups, whose bodies are JSON in UTF-8 because they are ours; nothing for none."""
    return to_json([_fields(message) for message in messages]) if messages else None


def load_follow_ups(stored: bytes | None) -> tuple[Message, ...]:
    """Read follow-ups back, the same to the byte."""
    return tuple(_message(fields) for fields in from_json(stored)) if stored else ()


def _fields(message: Message) -> list[object]:
    key = message.key.hex() if message.key else None
    return [message.id, message.name, message.body, message.order_id, message.to, dict(message.headers), key]


def _message(fields: list[Any]) -> Message:
    message_id, name, body, order_id, to, headers, key = fields
    return Message(message_id, name, body.encode(), order_id, to, headers, bytes.fromhex(key) if key else None)
