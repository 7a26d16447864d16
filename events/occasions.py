"""Occasions: what the clock says bears an id that names why, so that two clocks, or two runs, say it once."""

from datetime import datetime
from uuid import uuid5

from events.envelope import NAMESPACE, seal
from schemas.message import Message
from schemas.payloads import Payload


def say(payload: Payload, occasion: str, due: datetime) -> Message:
    """Write an event that no event caused, for a run that was due at this instant."""
    content = payload.model_dump_json(exclude_none=True)
    return seal(payload, str(uuid5(NAMESPACE, f"{occasion}/{type(payload).__name__}/{content}")), due)
