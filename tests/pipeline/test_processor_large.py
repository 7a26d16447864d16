"""Statements that PostgreSQL cannot take: no outage, the events of the batch are handled one by one."""

import psycopg
import pytest

from ledger.errors import StatementRefusedError
from ledger.ledger import Ledger
from ledger.sql import prepared
from schemas.dead_letters import DeadLetterType
from tests.builders import placed
from tests.pipeline.test_processor import letters_of, message, order_of
from workers.process.parts import Parts

pytestmark = pytest.mark.databases("postgresql")

REFUSING = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '{state}'; END $$;
CREATE TRIGGER refuse BEFORE INSERT ON orders FOR EACH ROW WHEN (NEW.amazon_order_id = '{order}')
EXECUTE FUNCTION refuse();
"""


def order_id(number: int) -> str:
    return f"123-1234567-{number:07}"


@pytest.mark.parametrize("state", ["08P01", "54000", "54001", "53200", "XX000"])
def test_beside_an_event_whose_statement_is_refused_the_others_are_handled(
    url: str, parts: Parts, ledger: Ledger, state: str
) -> None:
    batch = [message(placed(amazon_order_id=order_id(number))) for number in range(3)]
    with psycopg.connect(url, autocommit=True) as database:
        database.execute(REFUSING.format(state=state, order=order_id(0)))
        with pytest.raises(StatementRefusedError):
            parts.processor("order-placed").take(batch)
        assert [order_of(ledger, order_id(number)) is not None for number in range(3)] == [False, True, True]
        database.execute("DROP TRIGGER refuse ON orders")
    assert len(parts.processor("order-placed").take(batch).follow_ups) == 3
    assert order_of(ledger, order_id(0))
    assert letters_of(ledger) == []


def test_a_batch_beyond_the_limit_of_a_statement_is_written_in_parts(
    parts: Parts, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepared, "STATEMENT_LIMIT", 8_000)
    batch = [message(placed(amazon_order_id=order_id(number))) for number in range(20)]
    assert len(parts.processor("order-placed").take(batch).follow_ups) == 20
    assert order_of(ledger, order_id(19))
    assert letters_of(ledger) == []


def test_an_event_beyond_the_limit_of_a_statement_is_dead_lettered_alone(
    parts: Parts, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepared, "STATEMENT_LIMIT", 10_000)
    items = [placed().items[0].model_copy(update={"order_item_id": f"item-{number}"}) for number in range(60)]
    large = placed(amazon_order_id=order_id(0), items=items)
    parts.processor("order-placed").take([message(large), message(placed(amazon_order_id=order_id(1)))])
    assert [order_of(ledger, order_id(number)) is not None for number in range(2)] == [False, True]
    (letter,) = letters_of(ledger)
    assert letter.letter_type is DeadLetterType.FAILED
    assert "at most 10,000 are sent" in letter.reason
