"""Open letters by the set of causes that each has: the groups of each cause, and how many would be blocked again."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import nsmallest
from typing import NamedTuple

from schemas.blockers import BlockerKind, Cause
from schemas.dead_letters import DeadLetterType

PRODUCT_KINDS = (BlockerKind.PRODUCT_MISSING, BlockerKind.PRODUCT_DISABLED, BlockerKind.OUT_OF_STOCK)
"""Kinds whose keys are products, which many orders share; the keys of the other kinds are orders."""

StoreCause = tuple[str, str, str]
"""A cause's kind and key, and the store."""


@dataclass(frozen=True, slots=True)
class CauseGroup:
    """Open letters of one store with the same cause; `example` is the Amazon order id of one of them.

    `oldest` and `latest` are when the first of them failed first, and the last of them last.
    `key` is the product's SKU, and empty for kinds whose causes concern one order each.
    """

    kind: BlockerKind
    key: str
    store_id: str
    letters: int
    example: str
    oldest: datetime
    latest: datetime

    @property
    def cause(self) -> StoreCause:
        """The kind, the key and the store that its letters have in common."""
        return self.kind.value, self.key, self.store_id


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """Open letters that failed alike; `reason` is that of one of them."""

    letter_type: DeadLetterType
    consumer: str
    fingerprint: str
    letters: int
    reason: str
    oldest: datetime
    latest: datetime


class Forecast(NamedTuple):
    """Letters with a cause that would still block, and others of which that is unknown: with a cause not listed."""

    blocked: int
    unknown: int


class CauseSet(NamedTuple):
    """Letters of one store with exactly the same causes; the other fields are those of a group."""

    causes: Collection[StoreCause]
    letters: int
    example: str
    oldest: datetime
    latest: datetime


@dataclass(frozen=True, slots=True)
class LetterGroups:
    """Open letters in groups, the largest first; `letters` is how many they are, each counted once.

    A letter is in the group of each of its causes, and in one of the sets. `matching` letters were found, more than
    `letters` where not all were to be grouped. `latest` are the ids of those that failed last, as many as asked for.
    """

    causes: list[CauseGroup]
    failures: list[FailureGroup]
    sets: Sequence[CauseSet]
    letters: int
    matching: int
    latest: Sequence[str]

    @property
    def complete(self) -> bool:
        """Whether all letters of the filter are in the groups."""
        return self.letters == self.matching

    def forecast(self, blocking: Collection[CauseGroup]) -> Forecast:
        """Count the letters by the state of their causes: the listed ones, some of which are *blocking*."""
        still = {group.cause for group in blocking}
        listed = {group.cause for group in self.causes}
        blocked = unknown = 0
        for cause_set in self.sets:
            if not still.isdisjoint(cause_set.causes):
                blocked += cause_set.letters
            elif not listed.issuperset(cause_set.causes):
                unknown += cause_set.letters
        return Forecast(blocked, unknown)


def common_cause(cause: Cause) -> Cause:
    """Return the cause that letters of one group have in common: without its key where that is an order."""
    return cause if cause.kind in PRODUCT_KINDS else Cause(kind=cause.kind, key="")


def dump_causes(causes: Iterable[Cause]) -> str | None:
    """Return a letter's causes as its row has them, the same text for all letters of a set; None without any."""
    common = sorted({(cause.kind.value, cause.key) for cause in map(common_cause, causes)})
    return json.dumps(common, separators=(",", ":")) if common else None


def beginning_of_cause(kind: BlockerKind) -> str:
    """Return the text that a row's causes contain if one of them is of a kind; in a key its quotes are escaped."""
    return f'["{kind.value}",'


def end_of_cause(key: str) -> str:
    """Return the text that a row's causes contain if one of them has exactly this key."""
    return f",{json.dumps(key)}]"


def load_causes(text: str, store_id: str) -> set[StoreCause]:
    """Return the causes in the text of a row."""
    return {(kind, key, store_id) for kind, key in json.loads(text)}


def largest_groups(sets: Sequence[CauseSet], limit: int) -> list[CauseGroup]:
    """Return the largest *limit* groups of letters by cause and store."""
    members: dict[StoreCause, list[CauseSet]] = defaultdict(list)
    for cause_set in sets:
        for cause in cause_set.causes:
            members[cause].append(cause_set)
    sizes = {cause: sum(cause_set.letters for cause_set in of_cause) for cause, of_cause in members.items()}
    largest = nsmallest(limit, sizes, key=lambda cause: (-sizes[cause], cause))
    return [_group(cause, sizes[cause], members[cause]) for cause in largest]


def _group(cause: StoreCause, letters: int, sets: Sequence[CauseSet]) -> CauseGroup:
    kind, key, store_id = cause
    return CauseGroup(
        kind=BlockerKind(kind),
        key=key,
        store_id=store_id,
        letters=letters,
        example=min(cause_set.example for cause_set in sets),
        oldest=min(cause_set.oldest for cause_set in sets),
        latest=max(cause_set.latest for cause_set in sets),
    )
