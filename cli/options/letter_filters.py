"""The options that filter dead letters, the same for every command that takes several letters."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Annotated

import typer

from cli.options.groups import with_options
from cli.options.parsing import as_parameter, when
from operations.dead_letters.criteria import filter_of
from operations.instants import InstantOrAge
from schemas.blockers import BlockerKind
from schemas.dead_letters import DeadLetterType, LetterFilter


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFilterOptions:
    """The filter as given on the command line: all given options must hold. Each field is an option."""

    letter_type: Annotated[DeadLetterType | None, typer.Option("--class", help="Letters of this class.")] = None
    kind: Annotated[BlockerKind | None, typer.Option(help="Letters with a cause of this kind.")] = None
    key: Annotated[str | None, typer.Option(help="Letters with a cause of this key: a SKU or an order id.")] = None
    store: Annotated[str | None, typer.Option(help="Letters of this store.")] = None
    consumer: Annotated[str | None, typer.Option(help="Letters of this consumer.")] = None
    event: Annotated[str | None, typer.Option(help="Letters of this event type, such as order.placed.")] = None
    order: Annotated[str | None, typer.Option(help="Letters about this Amazon order.")] = None
    fingerprint: Annotated[str | None, typer.Option(help="Letters with this fingerprint (see show).")] = None
    search: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Letters whose id, order, cause or reason has TEXT."),
    ] = None
    since: Annotated[
        InstantOrAge | None,
        typer.Option(parser=when, metavar="TIME", help="Failed at or after TIME (RFC 3339 or an age such as 2h)."),
    ] = None
    older_than: Annotated[
        InstantOrAge | None,
        typer.Option(parser=when, metavar="TIME", help="Failed at or before TIME (RFC 3339 or an age such as 2h)."),
    ] = None

    def at(self, now: datetime) -> LetterFilter:
        """Return the filter; ages count back from *now*. Raises typer.BadParameter for an age beyond the calendar."""
        criteria = {_NAMES.get(field.name, field.name): getattr(self, field.name) for field in fields(self)}
        ages = {name: as_parameter(age.at, now) for name, age in criteria.items() if isinstance(age, InstantOrAge)}
        return filter_of(criteria | ages)


_NAMES = {"letter_type": "class"}
"""The option of a field whose name is no word of Python's."""

NO_FILTER = LetterFilterOptions()
"""No option given: every letter matches."""

with_letter_filters = with_options("filters", LetterFilterOptions)
"""Decorator of a command: its keyword parameter `filters` becomes these options."""
