"""What Adobe Commerce requires of an address by its country, as its default configuration has it."""

REGION_REQUIRED = frozenset(["AU", "BR", "CA", "CH", "ES", "IN", "IT", "MX", "US"])
"""Countries whose addresses need a region (Commerce, general/region/state_required)."""

POSTAL_CODE_OPTIONAL = frozenset(["GB", "HK", "IE", "MO", "PA"])
"""Countries whose addresses may lack a postal code (Commerce, general/country/optional_zip_countries)."""
