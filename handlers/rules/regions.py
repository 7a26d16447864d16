"""The regions of a country whose addresses need one in Commerce: found by code, by any name, or by the postal code.

The regions, their codes, their names in the country's languages and the beginnings of their postal codes are those of
the address data set (`handlers.rules.address_formats`); `handlers.rules.region_names` adds what it lacks.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from unicodedata import combining, normalize

from handlers.rules.address_formats import country_data
from handlers.rules.region_names import LARGER_REGIONS, LISTED, OTHER_NAMES
from schemas.places import REGION_REQUIRED

NEAREST = 3
"""Regions that are offered in place of an unknown one."""

_SENT_BY_NAME = {"ES", "IN"}
"""Countries whose codes Commerce changed (its data patches UpdateRegionCodesForSpainV1 and
UpdateRegionCodesForIndiaV1). The codes of the others are the same in every version."""

_CONNECTING = {"and", "e", "et", "the", "y"}
_DESIGNATIONS = {
    *("autonoma", "autonomous", "citta", "commonwealth", "comunidad", "edo", "estado", "metropolitana", "principado"),
    *("canton", "cantone", "kanton", "kt"),
    *("prov", "province", "provincia", "region", "state", "territory", "union", "ut"),
    *("da", "de", "del", "della", "di", "do", "of"),
}
"""Words around a name that add nothing to it: "State of New York", "Provincia di Milano"."""


@dataclass(frozen=True)
class Region:
    """A region as Commerce takes it, with its official name."""

    sent: str
    name: str


def find_region(country: str, text: str) -> Region | None:
    """Return the region of a code or name, or None: the text names none, or several, or the country is not listed."""
    # "Palmas, Las" is the way of lists.
    whole = _named_by(country, text) or _named_by(country, " ".join(reversed(text.split(","))))
    if whole or not _by_name(country):
        return whole
    # "Milano (MI)", "Alicante/Alacant", "Chicago, IL, USA", "US-IL": the parts that name a region must agree.
    parts = re.split(r"[-(),/;|]", text)
    regions = {region for part in parts if (region := _named_by(country, part))}
    return regions.pop() if len(regions) == 1 else None


def regions_by_postal_code(country: str, postal_code: str) -> tuple[Region, ...]:
    """Return the regions whose postal codes begin like this one; the longest known beginning decides."""
    code = re.sub(r"\W", "", postal_code).upper()
    lengths = {region: beginning.end() for region, zips in _zips(country) if (beginning := zips.match(code))}
    longest = max(lengths.values(), default=0)
    return tuple(region for region, length in lengths.items() if length == longest)


def completed_region(country: str, text: str | None, postal_code: str | None) -> str | None:
    """Return the region as Commerce takes it, or the text where none is found.

    A missing region, and a larger one than Commerce's, follow from the postal code where it is of one region only.
    """
    if country not in REGION_REQUIRED:
        return text
    stripped = (text or "").strip()
    region = find_region(country, stripped) if stripped else None
    if region is None and (not stripped or _fold(stripped) in _larger(country)):
        region = _only(regions_by_postal_code(country, postal_code or ""))
    return region.sent if region else text


def is_unknown_region(country: str, text: str | None, postal_code: str | None) -> bool:
    """Whether Commerce needs a region here, knows the country's regions, and the text is none of them."""
    stripped = (text or "").strip()
    if not stripped or not _by_name(country) or find_region(country, stripped):
        return False
    return completed_region(country, stripped, postal_code) == stripped


def nearest_regions(country: str, text: str | None, postal_code: str | None) -> tuple[str, ...]:
    """Return the names of the regions that are meant most likely: those of the postal code, then those that read alike.

    They are empty for a country that is not listed.
    """
    by_name = _by_name(country)
    alike = get_close_matches(_fold(text or ""), by_name, NEAREST * 4, cutoff=0.0) if text else []
    regions = [*regions_by_postal_code(country, postal_code or ""), *(by_name[name] for name in alike)]
    return tuple(dict.fromkeys(region.name for region in regions))[:NEAREST]


def _named_by(country: str, text: str) -> Region | None:
    by_name = _by_name(country)
    return by_name.get(_fold(text)) or by_name.get(_fold_without_designations(text))


def _only(regions: tuple[Region, ...]) -> Region | None:
    return regions[0] if len(regions) == 1 else None


@cache
def _by_name(country: str) -> dict[str, Region]:
    """Return a country's regions by their folded codes and names; the official ones win over everyday names."""
    if country not in REGION_REQUIRED:
        return {}
    regions = _regions(country)
    by_name: dict[str, Region] = {}
    others = OTHER_NAMES.get(country, LISTED.get(country, {}))
    everyday = {key: names.split("|") for key, names in others.items()}
    for key, name in [*_named(country), *((key, name) for key, names in everyday.items() for name in names)]:
        by_name.setdefault(_fold(name), regions[key])
    return by_name


@cache
def _regions(country: str) -> dict[str, Region]:
    entry = country_data(country).get(country, {})
    listed = {code: Region(sent=code, name=names.split("|")[0]) for code, names in LISTED.get(country, {}).items()}
    keys = _list(entry, "sub_keys")
    codes = _list(entry, "sub_isoids") or keys
    names = _list(entry, "sub_names")
    regions = {
        key: Region(sent=name if country in _SENT_BY_NAME else code or key, name=name)
        for key, code, name in zip(keys, codes, _spelled(country, keys, names), strict=True)
    }
    # Jervis Bay has the laws of the Capital Territory (Jervis Bay Territory Acceptance Act 1915), and no region of its
    # own in Commerce.
    merged = {"JBT": "ACT"} if country == "AU" else {}
    return listed | regions | {key: regions[into] for key, into in merged.items()}


def _spelled(country: str, keys: list[str], names: list[str]) -> list[str]:
    """Return the official names, as Commerce spells them: India's are the keys, its names are abbreviated."""
    spelled = {"C": "A Coruña", "L": "Lleida", "PM": "Baleares"} if country == "ES" else {}
    return keys if country == "IN" else [spelled.get(key, name) for key, name in zip(keys, names, strict=True)]


def _named(country: str) -> Iterator[tuple[str, str]]:
    """Yield the keys of regions with each of their codes and names, in every language of the data set."""
    for entry_key, entry in country_data(country).items():
        keys = _list(entry, "sub_keys")
        if entry_key == country:
            yield from ((key, key) for key in (*keys, *LISTED.get(country, ())))
            yield from _pairs(keys, _list(entry, "sub_isoids"))
        regions = _regions(country)
        pairs = [*_pairs(keys, _list(entry, "sub_names")), *_pairs(keys, _list(entry, "sub_lnames"))]
        yield from ((key, name) for key, name in pairs if key in regions)


def _pairs(keys: list[str], values: Iterable[str]) -> Iterator[tuple[str, str]]:
    return ((key, value) for key, value in zip(keys, values, strict=False) if value)


@cache
def _zips(country: str) -> list[tuple[Region, re.Pattern[str]]]:
    if country not in REGION_REQUIRED:
        return []
    entry = country_data(country).get(country, {})
    regions = _regions(country)
    return [
        (regions[key], re.compile(zips)) for key, zips in _pairs(_list(entry, "sub_keys"), _list(entry, "sub_zips"))
    ]


@cache
def _larger(country: str) -> frozenset[str]:
    return frozenset(_fold(name) for name in LARGER_REGIONS.get(country, "").split("|") if name)


def _list(entry: dict[str, str], field: str) -> list[str]:
    return entry[field].split("~") if field in entry else []


def _fold(text: str) -> str:
    """Return a name without case, accents, punctuation, spaces and connecting words ("&" is one)."""
    words = _words(text)
    return "".join([word for word in words if word not in _CONNECTING] or words)


def _fold_without_designations(text: str) -> str:
    """Return a folded name without the designations before and after it."""
    words = _words(text)
    named = [place for place, word in enumerate(words) if word not in _DESIGNATIONS]
    return _fold(" ".join(words[named[0] : named[-1] + 1])) if named else ""


def _words(text: str) -> list[str]:
    plain = "".join(letter for letter in normalize("NFKD", text.casefold()) if not combining(letter))
    return re.sub(r"[\W_]+", " ", re.sub(r"[.'`\u2019\u00b4\u02bb]", "", plain)).split()
