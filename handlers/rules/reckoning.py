"""The two ways in which lines can add up to a total, and which of them is expected in the order's marketplace."""

from dataclasses import dataclass

from schemas.marketplaces import includes_tax
from schemas.money import Money, MoneyError, add_money, total_of_lines
from schemas.order import Order


@dataclass(frozen=True, slots=True)
class Reckoning:
    """The sum of the lines with their tax added, or with the tax included in their prices."""

    tax_included: bool
    sum: Money
    is_expected: bool

    def __str__(self) -> str:
        """Return it in words, such as `9.99 EUR with tax included in the prices (expected in this marketplace)`."""
        way = "with tax included in the prices" if self.tax_included else "with tax added to the prices"
        return f"{self.sum} {way}{' (expected in this marketplace)' if self.is_expected else ''}"


def reckonings(order: Order) -> tuple[Reckoning, ...]:
    """Return both ways, one where no line has tax; none where a price is missing or currencies differ."""
    lines = order.priced_lines
    taxes = [tax for line in lines for tax in (line.item_tax, line.shipping_tax)]
    try:
        added = total_of_lines([vars(line) for line in lines])
        included = add_money([added], taxes)
    except MoneyError:
        return ()
    if added is None or included is None:
        return ()
    expected = includes_tax(order.marketplace_id)
    ways = [Reckoning(tax_included=False, sum=added, is_expected=expected is False)]
    if included != added:
        ways.append(Reckoning(tax_included=True, sum=included, is_expected=expected is True))
    return tuple(ways)


def mismatch(order: Order, total: Money) -> str:
    """Return that the lines add up to another total in no way, with the sum of each."""
    ways = reckonings(order)
    sums = ", or to ".join(map(str, ways)) if len(ways) > 1 else str(ways[0].sum) if ways else "no total"
    return f"The lines add up to {sums}, Amazon's total is {total}"
