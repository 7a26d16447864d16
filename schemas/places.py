"""Adobe Commerce's requirements of an address by its country, as its default configuration has them."""

from unicodedata import combining, normalize

REGION_REQUIRED = frozenset(["AU", "BR", "CA", "CH", "ES", "IN", "IT", "MX", "US"])
"""Countries whose addresses need a region (Commerce, general/region/state_required)."""

POSTAL_CODE_OPTIONAL = frozenset(["GB", "HK", "IE", "MO", "PA"])
"""Countries whose addresses may lack a postal code (Commerce, general/country/optional_zip_countries)."""


def without_accents(region: str) -> str:
    """Return a code or name of a region in small letters without accents: versions of Commerce spell some differently.

    Its Spanish provinces have none (`Almeria`), the address data set's have (`Almería`).
    """
    return "".join(letter for letter in normalize("NFKD", region.strip().casefold()) if not combining(letter))
