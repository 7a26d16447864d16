"""The options that filter dead letters, the same for every command that takes several letters."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Annotated, Any

import typer

from cli.options.parsing import InstantOrAge, when
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


NO_FILTER = LetterFilterOptions()
"""No option given: every letter matches."""


def with_letter_filters(command: Callable[..., None]) -> Callable[..., None]:
    """Replace a command's keyword parameter `filters` by one option for each field of LetterFilterOptions.

    Typer makes one option of each parameter in a command's signature, and has no groups of options.
    """
    signature = inspect.signature(command)
    fields = inspect.signature(LetterFilterOptions).parameters

    @wraps(command)
    def with_filters(**values: Any) -> None:
        filters = LetterFilterOptions(**{name: values.pop(name) for name in fields})
        command(filters=filters, **values)

    parameters = dict(signature.parameters)
    del parameters["filters"]
    arguments = [parameter for parameter in parameters.values() if parameter.kind is not parameter.KEYWORD_ONLY]
    options = [parameter for parameter in parameters.values() if parameter.kind is parameter.KEYWORD_ONLY]
    expanded = signature.replace(parameters=[*arguments, *fields.values(), *options])
    with_filters.__signature__ = expanded  # type: ignore[attr-defined] # typer reads the options from here
    return with_filters
