"""Regions are found by any spelling, code or name, and by the postal code; Commerce gets a region that it knows."""

import pytest

from gateways.simulator.countries import knows_region
from handlers.rules.address_formats import country_data
from handlers.rules.region_names import LARGER_REGIONS, LISTED, OTHER_NAMES
from handlers.rules.regions import (
    completed_region,
    find_region,
    is_unknown_region,
    nearest_regions,
    regions_by_postal_code,
)
from schemas.places import REGION_REQUIRED


def _sent(country: str, text: str) -> str | None:
    region = find_region(country, text)
    return region.sent if region else None


@pytest.mark.parametrize(
    ("country", "text", "sent"),
    [
        # Case, accents, points, spaces, "&".
        ("IN", "JAMMU & KASHMIR", "Jammu and Kashmir"),
        ("IN", "Tamilnadu", "Tamil Nadu"),
        ("IN", "ANDAMAN & NICOBAR ISLANDS", "Andaman and Nicobar Islands"),
        ("MX", "Nuevo Leon", "NLE"),
        ("MX", "YUCATAN", "YUC"),
        ("CA", "Québec", "QC"),
        ("CA", "Newfoundland & Labrador", "NL"),
        ("BR", "Sao Paulo", "SP"),
        ("AU", "N.S.W.", "NSW"),
        ("US", "N.Y.", "NY"),
        ("US", "new  jersey", "NJ"),
        ("IT", "FORLI CESENA", "FC"),
        ("ES", "MALAGA", "Málaga"),
        # Codes, with the country's too.
        ("US", "IL", "IL"),
        ("US", "US-IL", "IL"),
        ("BR", "br-sp", "SP"),
        ("IN", "IN-MH", "Maharashtra"),
        ("IN", "OD", "Odisha"),
        ("ES", "ES-MD", "Madrid"),
        # Former names.
        ("IN", "Orissa", "Odisha"),
        ("IN", "Pondicherry", "Puducherry"),
        ("IN", "Uttaranchal", "Uttarakhand"),
        ("IN", "Daman & Diu", "Dadra and Nagar Haveli and Daman and Diu"),
        ("MX", "Distrito Federal", "CMX"),
        ("CA", "Newfoundland", "NL"),
        ("IT", "Carbonia-Iglesias", "SU"),
        # Everyday names, and those of other languages.
        ("IN", "New Delhi", "Delhi"),
        ("IN", "NCT of Delhi", "Delhi"),
        ("IN", "दिल्ली", "Delhi"),
        ("MX", "CDMX", "CMX"),
        ("MX", "Ciudad de Mexico", "CMX"),
        ("MX", "Edo. Méx.", "MEX"),
        ("MX", "Coahuila", "COA"),
        ("CA", "Colombie-Britannique", "BC"),
        ("CA", "P.E.I.", "PE"),
        ("US", "Washington DC", "DC"),
        ("US", "Washington, D.C.", "DC"),
        ("US", "Calif.", "CA"),
        ("US", "Armed Forces Europe", "AE"),
        ("IT", "Milan", "MI"),
        ("ES", "Baleares", "Baleares"),
        ("ES", "Bizkaia", "Vizcaya"),
        ("AU", "Jervis Bay Territory", "ACT"),
        # Words around a name, and several of them.
        ("US", "State of New York", "NY"),
        ("US", "Washington State", "WA"),
        ("US", "Chicago, IL, USA", "IL"),
        ("US", "Virgin Islands, U.S.", "VI"),
        ("US", "Hawai\u02bbi", "HI"),
        ("US", "APO AE", "AE"),
        ("BR", "São Paulo-SP", "SP"),
        ("MX", "México, D.F.", "CMX"),
        ("CA", "Ontario, Canada", "ON"),
        ("IT", "Milano (MI)", "MI"),
        ("IT", "Provincia di Milano", "MI"),
        ("ES", "Alicante/Alacant", "Alicante"),
        ("ES", "Comunidad de Madrid", "Madrid"),
        ("ES", "Palmas, Las", "Las Palmas"),
        ("BR", "Estado do Rio de Janeiro", "RJ"),
    ],
)
def test_a_region_is_found_by_any_of_its_names(country: str, text: str, sent: str) -> None:
    assert _sent(country, text) == sent
    assert knows_region(country, sent)


@pytest.mark.parametrize(
    ("country", "text"), [("US", "Nowhere"), ("US", "Ontario"), ("MX", "Sonora, Jalisco"), ("IN", "..."), ("DE", "BY")]
)
def test_a_text_that_names_no_region_or_several_finds_none(country: str, text: str) -> None:
    assert find_region(country, text) is None


@pytest.mark.parametrize("country", sorted(REGION_REQUIRED - LISTED.keys()))
def test_every_official_name_and_code_finds_its_region_and_commerce_knows_it(country: str) -> None:
    entry = country_data(country)[country]
    for field in ("sub_keys", "sub_isoids", "sub_names"):
        for text in filter(None, entry.get(field, "").split("~")):
            assert knows_region(country, str(_sent(country, text))), text


@pytest.mark.parametrize(
    ("text", "sent"),
    [("ZH", "ZH"), ("Zurich", "ZH"), ("Kanton Zürich", "ZH"), ("CH-ZH", "ZH"), ("Genève", "GE"), ("Vaud (VD)", "VD")],
)
def test_a_swiss_canton_is_found_in_every_language(text: str, sent: str) -> None:
    assert _sent("CH", text) == sent
    assert all(knows_region("CH", code) for code in LISTED["CH"])


@pytest.mark.parametrize("country", OTHER_NAMES)
def test_every_other_name_finds_its_region_and_none_hides_an_official_one(country: str) -> None:
    for key, names in OTHER_NAMES[country].items():
        assert {_sent(country, name) for name in names.split("|")} == {_sent(country, key)}


@pytest.mark.parametrize(
    ("country", "postal_code", "sent"),
    [
        ("ES", "08001", ["Barcelona"]),
        ("ES", "35001", ["Las Palmas"]),
        ("IT", "20121", ["MI"]),
        ("IT", "20900", ["MB"]),
        ("US", "98101-1234", ["WA"]),
        ("US", "06390", ["NY"]),
        ("CA", "h2x 1y4", ["QC"]),
        ("MX", "64000", ["NLE"]),
        ("BR", "01310-100", ["SP"]),
        ("IN", "110 001", ["Delhi"]),
        ("IN", "500001", ["Andhra Pradesh", "Telangana"]),
        ("US", "", []),
        ("CH", "8001", []),
    ],
)
def test_the_longest_beginning_of_a_postal_code_decides(country: str, postal_code: str, sent: list[str]) -> None:
    assert [region.sent for region in regions_by_postal_code(country, postal_code)] == sent


@pytest.mark.parametrize(
    ("country", "text", "postal_code", "expected"),
    [
        ("ES", None, "46001", "Valencia"),
        ("ES", " ", "41001", "Sevilla"),
        ("ES", "Cataluña", "08001", "Barcelona"),
        ("IT", "Lombardia", "20121", "MI"),
        ("US", None, "10001", "NY"),
        ("US", "Nowhere", "10001", "Nowhere"),
        ("US", "NJ", "10001", "NJ"),
        ("IN", None, "500001", None),
        ("ES", "Cataluña", None, "Cataluña"),
        ("DE", None, "80331", None),
        ("JP", "Tōkyō", "100-0001", "Tōkyō"),
    ],
)
def test_a_missing_or_larger_region_follows_from_the_postal_code(
    country: str, text: str | None, postal_code: str | None, expected: str | None
) -> None:
    assert completed_region(country, text, postal_code) == expected


def test_the_postal_code_is_of_use_for_every_larger_region() -> None:
    assert all(find_region(country, name) is None for country in LARGER_REGIONS for name in _larger(country))


def _larger(country: str) -> list[str]:
    return LARGER_REGIONS[country].split("|")


@pytest.mark.parametrize(
    ("country", "text", "postal_code", "unknown"),
    [
        ("US", "Nowhere", "10001", True),
        ("US", "N.Y.", "10001", False),
        ("US", None, None, False),
        ("ES", "Andalucía", "41001", False),
        ("ES", "Andalucía", None, True),
        ("CH", "Anywhere", "8001", True),
        ("CH", "Zürich", "8001", False),
        ("DE", "Anywhere", "80331", False),
    ],
)
def test_a_region_is_unknown_where_commerce_lists_the_others(
    country: str, text: str | None, postal_code: str | None, unknown: bool
) -> None:
    assert is_unknown_region(country, text, postal_code) is unknown


@pytest.mark.parametrize(
    ("country", "text", "postal_code", "nearest"),
    [
        ("US", "Califronia", None, "California"),
        ("IN", "Maharastra", None, "Maharashtra"),
        ("MX", "Jalsico", None, "Jalisco"),
        ("US", "Nowhere", "10001", "New York"),
    ],
)
def test_the_nearest_regions_are_those_of_the_postal_code_and_those_that_read_alike(
    country: str, text: str, postal_code: str | None, nearest: str
) -> None:
    offered = nearest_regions(country, text, postal_code)
    assert (offered[0], len(offered)) == (nearest, 3)


def test_a_country_without_a_list_has_no_nearest_regions() -> None:
    assert nearest_regions("DE", "Anywhere", "80331") == ()
