"""Destruction of a buyer's personal data: the order stays, without anything about a person."""

from datetime import datetime

from handlers.decision import Decision
from handlers.rules.personal_data import without_personal_texts
from schemas.order import Order


def decide(order: Order, now: datetime) -> Decision:
    """Return the order without personal texts; from now on no report brings personal data into it."""
    return Decision(without_personal_texts(order, now), "The buyer's personal data was destroyed; its time was over.")
