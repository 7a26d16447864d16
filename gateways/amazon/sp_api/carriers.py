"""Carriers as Amazon names them in `carrierCode`; any other one is `Other` with a name.

Source: the carrier codes of Amazon's order fulfillment schema. A carrier without such a code cannot be tracked by
Amazon, whatever its number.
"""

from typing import NamedTuple

OTHER = "Other"

CODES = (
    *("4PX", "A-1", "ABF", "Arrow XL", "Asendia", "Australia Post", "BJS", "Blue Package", "Bring", "BRT", "CEVA"),
    *("Canada Post", "China Post", "Chronopost", "City Link", "Colissimo", "Correios", "Correos", "CTT", "Delhivery"),
    *("Deutsche Post", "DHL", "DHL eCommerce", "DHL Global Mail", "DPD", "DTDC", "Estafeta", "Estes", "Fastway"),
    *("FedEx", "FedEx SmartPost", "First Flight", "GLS", "GO!", "Hermes", "Hermes Logistik Gruppe", "India Post"),
    *("InPost", "Japan Post", "Lasership", "MRW", "Nacex", "Newgistics", "NipponExpress", "OnTrac", "OSM"),
    *(
        "Parcelforce",
        "PostNL",
        "PostNord",
        "Poste Italiane",
        "Royal Mail",
        "SagawaExpress",
        "SDA",
        "Seur",
        "SF Express",
    ),
    *("Singapore Post", "StarTrack", "Streamlite", "Target", "TNT", "Tourline", "UPS", "UPS Mail Innovations", "USPS"),
    *("Yamato Transport", "YamatoTransport", "Yanwen", "Yodel", "Yun Express"),
)


def _folded(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


_BY_NAME = {_folded(code): code for code in CODES}


class Carrier(NamedTuple):
    """`carrierCode`, and `carrierName` where the code is `Other`."""

    code: str
    name: str | None


def carrier_of(code: str, name: str | None) -> Carrier:
    """Return Amazon's carrier for a carrier of Commerce, by its code or else by its name; case and marks do not count.

    Commerce's own code for a carrier without a module is `custom`; its name says which it is.
    """
    carrier = _BY_NAME.get(_folded(code)) or _BY_NAME.get(_folded(name or ""))
    return Carrier(carrier, None) if carrier else Carrier(OTHER, name or code)
