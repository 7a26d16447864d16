"""crossdock dead-letters discard: letters are given up, with a reason."""

from dataclasses import replace
from typing import Annotated

import typer

from cli.options.confirmation import Actor, Yes, confirm, require_confirmation
from cli.options.letter_filters import ALL, LetterFilterOptions, choosing
from cli.session import opened
from cli.terminal.output import counted, say
from ledger.dead_letters.filters import LetterFilter
from ledger.unit_of_work import UnitOfWork
from operations.context import deadlines
from operations.dead_letters import discard as discarding
from operations.dead_letters.holds import where_it_is
from operations.errors import DiscardRefusedError
from schemas.dead_letters import LetterState
from schemas.settings import read_settings


@choosing
def discard(
    letter_ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID", help="Ids, or beginnings of them.", show_default=False)
    ] = None,
    *,
    choice: LetterFilterOptions,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; goes on record.")],
    who: Actor,
    yes: Yes = False,
) -> None:
    """Give up letters that wait: those named, or all that pass the filters."""
    if not letter_ids and choice == ALL:
        raise typer.BadParameter("Name letters by their ids, or give at least one filter.")
    if letter_ids and choice != ALL:
        raise typer.BadParameter("Name letters by their ids, or give filters, not both.")
    if not reason.strip():
        raise typer.BadParameter("--reason must say why; it goes on record.")
    require_confirmation(yes=yes, otherwise="look with `crossdock dead-letters list`, then give --yes.")
    settings = read_settings()
    with opened(settings) as ledger:
        with ledger.read() as work:
            wanted = replace(choice.at(work.now), open_by=work.now, ids=_ids(work, letter_ids or ()))
            count = _count(work, wanted)
        confirm(f"Discard {counted(count, 'dead letter')}?", yes=yes)
        gone = discarding.discard(ledger, deadlines(settings), wanted, who=who, why=reason)
    say(f"{counted(gone, 'dead letter')} {'was' if gone == 1 else 'were'} discarded.")


def _ids(work: UnitOfWork, beginnings: list[str] | tuple[()]) -> tuple[str, ...]:
    letters = [work.dead_letters.by_prefix(beginning) for beginning in beginnings]
    settled = [letter for letter in letters if letter.state is not LetterState.OPEN]
    if settled:
        raise DiscardRefusedError(
            f"Dead letter {settled[0].id} is {where_it_is(work, settled[0])}, so it cannot be discarded; nothing was."
        )
    return tuple(letter.id for letter in letters)


def _count(work: UnitOfWork, wanted: LetterFilter) -> int:
    count = work.replay_selection.count(wanted)
    if count == 0:
        raise DiscardRefusedError("No dead letter that waits passes this filter; nothing was discarded.")
    return count
