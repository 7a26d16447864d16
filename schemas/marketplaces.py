"""Amazon's marketplaces by id: their names, their currency, and whether prices include tax.

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


_NAMES = {
    "A2EUQ1WTGCTBG2": "Canada",
    "ATVPDKIKX0DER": "United States",
    "A1AM78C64UM0Y8": "Mexico",
    "A2Q3Y263D00KWC": "Brazil",
    "A28R8C7NBKEWEA": "Ireland",
    "A1RKKUPIHCS9HS": "Spain",
    "A1F83G8C2ARO7P": "United Kingdom",
    "A13V1IB3VIYZZH": "France",
    "AMEN7PMS3EDWL": "Belgium",
    "A1805IZSGTT6HS": "Netherlands",
    "A1PA6795UKMFR9": "Germany",
    "APJ6JRA9NG5V4": "Italy",
    "A2NODRKZP88ZB9": "Sweden",
    "AE08WJ6YKNBMC": "South Africa",
    "A1C3SOZRARQ6R3": "Poland",
    "ARBP9OOSHTCHU": "Egypt",
    "A33AVAJ2PDY3EV": "Türkiye",
    "A17E79C6D8DWNP": "Saudi Arabia",
    "A2VIGQ35RCS4UG": "United Arab Emirates",
    "A21TJRUUN4KGV": "India",
    "A19VAU5U5O7RUS": "Singapore",
    "A39IBJ37TRP1C6": "Australia",
    "A1VC38T7YXB528": "Japan",
}


def marketplace_name(marketplace_id: str) -> str | None:
    """Return the country of the marketplace in English, None for an unknown marketplace."""
    return _NAMES.get(marketplace_id)


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


_SELLER_CENTRAL = {
    "A2EUQ1WTGCTBG2": "sellercentral.amazon.ca",
    "ATVPDKIKX0DER": "sellercentral.amazon.com",
    "A1AM78C64UM0Y8": "sellercentral.amazon.com.mx",
    "A2Q3Y263D00KWC": "sellercentral.amazon.com.br",
    "A28R8C7NBKEWEA": "sellercentral.amazon.ie",
    "A1RKKUPIHCS9HS": "sellercentral.amazon.es",
    "A1F83G8C2ARO7P": "sellercentral.amazon.co.uk",
    "A13V1IB3VIYZZH": "sellercentral.amazon.fr",
    "AMEN7PMS3EDWL": "sellercentral.amazon.com.be",
    "A1805IZSGTT6HS": "sellercentral.amazon.nl",
    "A1PA6795UKMFR9": "sellercentral.amazon.de",
    "APJ6JRA9NG5V4": "sellercentral.amazon.it",
    "A2NODRKZP88ZB9": "sellercentral.amazon.se",
    "AE08WJ6YKNBMC": "sellercentral.amazon.co.za",
    "A1C3SOZRARQ6R3": "sellercentral.amazon.pl",
    "ARBP9OOSHTCHU": "sellercentral.amazon.eg",
    "A33AVAJ2PDY3EV": "sellercentral.amazon.com.tr",
    "A17E79C6D8DWNP": "sellercentral.amazon.sa",
    "A2VIGQ35RCS4UG": "sellercentral.amazon.ae",
    "A21TJRUUN4KGV": "sellercentral.amazon.in",
    "A19VAU5U5O7RUS": "sellercentral.amazon.sg",
    "A39IBJ37TRP1C6": "sellercentral.amazon.com.au",
    "A1VC38T7YXB528": "sellercentral-japan.amazon.com",
}
"""From the SP-API documentation, "Seller Central URLs"."""


def seller_central_host(marketplace_id: str) -> str | None:
    """Return the host of the marketplace's Seller Central, None for an unknown marketplace."""
    return _SELLER_CENTRAL.get(marketplace_id)
