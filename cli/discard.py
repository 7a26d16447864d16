"""crossdock dead-letters discard: letters that nobody will fix, with a reason."""

from typing import Annotated

import typer

from cli.options.confirmation import Actor, Yes, confirm, require_confirmation
from cli.options.letter_filters import NO_FILTER, LetterFilterOptions, with_letter_filters
from cli.terminal.output import counted, say
from cli.views.letters import naming_commands
from operations.dead_letters import discard as discarding
from workers.process.bootstrap import opened_context


@with_letter_filters
def discard(
    letter_ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID", help="Ids, or beginnings of them.", show_default=False)
    ] = None,
    *,
    filters: LetterFilterOptions,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Reason, for the audit log.")],
    who: Actor,
    yes: Yes = False,
) -> None:
    """Discard dead letters. They stay in the audit log.

    Those with the given ids, or all open ones that match the filters.
    """
    if not letter_ids and filters == NO_FILTER:
        raise typer.BadParameter("Give ids of letters, or at least one filter.")
    if letter_ids and filters != NO_FILTER:
        raise typer.BadParameter("Give ids of letters, or filters, not both.")
    if not reason.strip():
        raise typer.BadParameter("--reason must not be empty; it is kept in the audit log.")
    require_confirmation(yes=yes, otherwise="pass --yes after checking with `crossdock dead-letters list`.")
    with opened_context() as context, naming_commands():
        matching = filters.at(context.ledger.now())
        preview = discarding.preview_discard(context, matching, letter_ids or ())
        confirm(f"Discard {counted(preview.letters, 'dead letter')}?", yes=yes)
        result = discarding.discard(context, preview.filter, actor=who, reason=reason)
    say(f"{counted(result.letters, 'dead letter')} {'was' if result.letters == 1 else 'were'} discarded.")
