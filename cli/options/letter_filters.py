"""Which dead letters: the options that choose them, alike at every command that takes several."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Annotated, Any

import typer

from cli.options.parsing import InstantOrAge, when
from ledger.dead_letters.filters import LetterFilter
from schemas.blockers import BlockerKind
from schemas.dead_letters import DeadLetterType


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFilterOptions:
    """Which dead letters, as told on the command line: all that are given must hold. Each field is an option."""

    letter_type: Annotated[DeadLetterType | None, typer.Option("--class", help="Only of this class.")] = None
    kind: Annotated[BlockerKind | None, typer.Option(help="Only with a cause of this kind.")] = None
    key: Annotated[str | None, typer.Option(help="Only with a cause of this key: a SKU or an order id.")] = None
    store: Annotated[str | None, typer.Option(help="Only of this store.")] = None
    consumer: Annotated[str | None, typer.Option(help="Only of this consumer.")] = None
    event: Annotated[str | None, typer.Option(help="Only of this event, such as order.placed.")] = None
    order: Annotated[str | None, typer.Option(help="Only about this Amazon order.")] = None
    fingerprint: Annotated[str | None, typer.Option(help="Only what failed alike; `show` tells a fingerprint.")] = None
    since: Annotated[
        InstantOrAge | None,
        typer.Option(parser=when, metavar="WHEN", help="Only what failed last since: a time, or 2h."),
    ] = None
    older_than: Annotated[
        InstantOrAge | None,
        typer.Option(parser=when, metavar="WHEN", help="Only what failed last before: a time, or 2h."),
    ] = None

    def at(self, now: datetime) -> LetterFilter:
        """Return the filter; ages count back from *now*."""
        return LetterFilter(
            letter_type=self.letter_type,
            kind=self.kind,
            key=self.key,
            store_id=self.store,
            consumer=self.consumer,
            event=self.event,
            amazon_order_id=self.order,
            fingerprint=self.fingerprint,
            since=self.since.at(now) if self.since else None,
            until=self.older_than.at(now) if self.older_than else None,
        )


ALL = LetterFilterOptions()
"""Every letter."""


def choosing(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command, whose first keyword parameter is `choice`, the options of a Choice in its place."""
    options = inspect.signature(LetterFilterOptions).parameters

    @wraps(command)
    def call(**told: Any) -> None:
        command(choice=LetterFilterOptions(**{name: told.pop(name) for name in options}), **told)

    own = inspect.signature(command).parameters
    arguments = [one for one in own.values() if one.kind is not inspect.Parameter.KEYWORD_ONLY]
    others = [one for one in own.values() if one not in arguments and one.name != "choice"]
    whole = inspect.Signature([*arguments, *options.values(), *others])
    call.__signature__ = whole  # type: ignore[attr-defined] # typer reads the options from here
    return call
