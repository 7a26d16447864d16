"""Amazon's marketplaces: their ids (SP-API documentation, "Marketplace IDs") by the domain used in reports."""

import re

from schemas.marketplaces import includes_tax

IDS = {
    "amazon.ca": "A2EUQ1WTGCTBG2",
    "amazon.com": "ATVPDKIKX0DER",
    "amazon.com.mx": "A1AM78C64UM0Y8",
    "amazon.com.br": "A2Q3Y263D00KWC",
    "amazon.ie": "A28R8C7NBKEWEA",
    "amazon.es": "A1RKKUPIHCS9HS",
    "amazon.co.uk": "A1F83G8C2ARO7P",
    "amazon.fr": "A13V1IB3VIYZZH",
    "amazon.com.be": "AMEN7PMS3EDWL",
    "amazon.nl": "A1805IZSGTT6HS",
    "amazon.de": "A1PA6795UKMFR9",
    "amazon.it": "APJ6JRA9NG5V4",
    "amazon.se": "A2NODRKZP88ZB9",
    "amazon.co.za": "AE08WJ6YKNBMC",
    "amazon.pl": "A1C3SOZRARQ6R3",
    "amazon.eg": "ARBP9OOSHTCHU",
    "amazon.com.tr": "A33AVAJ2PDY3EV",
    "amazon.sa": "A17E79C6D8DWNP",
    "amazon.ae": "A2VIGQ35RCS4UG",
    "amazon.in": "A21TJRUUN4KGV",
    "amazon.sg": "A19VAU5U5O7RUS",
    "amazon.com.sg": "A19VAU5U5O7RUS",
    "amazon.com.au": "A39IBJ37TRP1C6",
    "amazon.jp": "A1VC38T7YXB528",
    "amazon.co.jp": "A1VC38T7YXB528",
}

_SELLER_INITIATED = re.compile(r"si (?:[a-z]{2} )?prod (?:[a-z]{2} )?marketplace")
"""Sales channels of seller-initiated fulfillment: "SI CA Prod Marketplace", "SI Prod IT Marketplace"."""


def marketplace_id(sales_channel: str) -> str:
    """Return the marketplace's id for a sales channel such as "Amazon.in"; an unknown channel unchanged."""
    return IDS.get(sales_channel.strip().casefold(), sales_channel.strip())


def is_same_marketplace(one: str, other: str) -> bool:
    """Whether two names, ids or sales channels, are of one marketplace; case makes no difference."""
    return marketplace_id(one).casefold() == marketplace_id(other).casefold()


def is_sold_elsewhere(sales_channel: str) -> bool:
    """Whether Amazon only ships an order that was sold elsewhere ("Non-Amazon", "Non-Amazon US", "NON_AMAZON").

    Outside the United States that channel has the name of a marketplace, "SI UK Prod Marketplace". Such an order has no
    prices, and often comes from the very shop that it would be imported into.
    """
    channel = sales_channel.strip().casefold().replace("_", "-")
    return channel.startswith("non-amazon") or _SELLER_INITIATED.fullmatch(channel) is not None


def shows_prices_with_tax(marketplace: str) -> bool:
    """Whether a report's prices include the tax that is reported beside them; not those of unknown marketplaces."""
    return includes_tax(marketplace) is True
