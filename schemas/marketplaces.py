"""Amazon's marketplaces by id: their currency, and whether prices include tax.

Ids from the SP-API documentation, "Marketplace IDs"; currencies are those of the countries (ISO 4217). A rule, and yet
in schemas: handlers and gateways, which may not import one another, both need it.
"""

_AMERICAS = {
    "A2EUQ1WTGCTBG2": "CAD",
    "ATVPDKIKX0DER": "USD",
    "A1AM78C64UM0Y8": "MXN",
    "A2Q3Y263D00KWC": "BRL",
}

_OTHERS = {
    "A28R8C7NBKEWEA": "EUR",
    "A1RKKUPIHCS9HS": "EUR",
    "A1F83G8C2ARO7P": "GBP",
    "A13V1IB3VIYZZH": "EUR",
    "AMEN7PMS3EDWL": "EUR",
    "A1805IZSGTT6HS": "EUR",
    "A1PA6795UKMFR9": "EUR",
    "APJ6JRA9NG5V4": "EUR",
    "A2NODRKZP88ZB9": "SEK",
    "AE08WJ6YKNBMC": "ZAR",
    "A1C3SOZRARQ6R3": "PLN",
    "ARBP9OOSHTCHU": "EGP",
    "A33AVAJ2PDY3EV": "TRY",
    "A17E79C6D8DWNP": "SAR",
    "A2VIGQ35RCS4UG": "AED",
    "A21TJRUUN4KGV": "INR",
    "A19VAU5U5O7RUS": "SGD",
    "A39IBJ37TRP1C6": "AUD",
    "A1VC38T7YXB528": "JPY",
}


def currency_of(marketplace_id: str) -> str | None:
    """Return the marketplace's currency, None for an unknown marketplace."""
    return {**_AMERICAS, **_OTHERS}.get(marketplace_id)


def includes_tax(marketplace_id: str) -> bool | None:
    """Whether prices include the tax that is reported beside them, None for an unknown marketplace.

    Documented for Europe (VAT Calculation Service, "ItemPrice contains the VAT-inclusive price") and Japan
    (consumption tax notice of November 2018); the other marketplaces outside the Americas do the same.
    """
    if marketplace_id in _AMERICAS:
        return False
    return True if marketplace_id in _OTHERS else None
