"""Instants, quantities and amounts: the canonical form and every other one have the same value."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from schemas.fields import Moment, Quantity

instants = TypeAdapter[datetime](Moment)
quantities = TypeAdapter[int](Quantity)

OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(datetime(1970, 1, 1), datetime(2999, 1, 1)), OFFSETS)  # noqa: DTZ001 - they get their zone here
def test_an_instant_is_the_same_in_every_zone_it_may_be_written_in(naive: datetime, zone: timezone) -> None:
    moment = naive.replace(tzinfo=UTC)
    in_utc = instants.validate_python(moment.isoformat().replace("+00:00", "Z"))
    elsewhere = instants.validate_python(moment.astimezone(zone).isoformat())
    assert in_utc == elsewhere == moment
    assert in_utc.tzinfo is elsewhere.tzinfo is UTC


@pytest.mark.parametrize("fraction", ["", ".5", ".123", ".123456"])
@pytest.mark.parametrize("ending", ["Z", "+00:00", "z", "-00:00"])
def test_utc_and_fractions_may_be_written_in_every_way_of_rfc_3339(fraction: str, ending: str) -> None:
    moment = instants.validate_python(f"2026-05-01T10:00:00{fraction}{ending}")
    assert moment == datetime(2026, 5, 1, 10, tzinfo=UTC) + timedelta(seconds=float(f"0{fraction}"))
    assert moment.tzinfo is UTC


@pytest.mark.parametrize(
    "wrong", ["2026-02-30T00:00:00Z", "2026-05-01T24:00:00Z", "2026-W18-5T10:00:00Z", "2026-05-01T10:00:00Z\n", "", 5]
)
def test_a_wrong_instant_is_refused_with_the_rule(wrong: object) -> None:
    with pytest.raises(ValidationError, match=r"An instant is a date and time .* as RFC 3339 has it"):
        instants.validate_python(wrong)


@pytest.mark.parametrize("written", [2, "2", 2.0, "2.0000"])
def test_a_quantity_is_the_same_as_number_and_as_text(written: object) -> None:
    assert quantities.validate_python(written) == 2


@pytest.mark.parametrize("wrong", [True, 0, 1_000_001, 1.5, "2_0", "", None])
def test_a_wrong_quantity_is_refused_with_the_rule(wrong: object) -> None:
    with pytest.raises(ValidationError, match="A quantity is a whole number from 1 to 1,000,000"):
        quantities.validate_python(wrong)
