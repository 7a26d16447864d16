"""Letters that a replay holds: they wait for nobody else, so whoever misses them must hear of the replay."""

from ledger.dead_letters.filters import LetterFilter
from ledger.unit_of_work import UnitOfWork
from schemas.command_line import command_line
from schemas.dead_letters import DeadLetter
from schemas.replays import Replay, ReplayState

_STANDS_STILL = (ReplayState.PAUSED, ReplayState.STOPPED)


def where_it_is(work: UnitOfWork, letter: DeadLetter) -> str:
    """Say where a letter is that does not wait."""
    holders = work.replay_selection.holders(LetterFilter(ids=(letter.id,)), 1)
    return held_by(holders[0][0]) if holders else letter.state.value


def held_by(replay: Replay) -> str:
    """Say which replay holds letters, and what to do about it."""
    held = f"held by the {replay.state} replay {replay.id}"
    if replay.state not in _STANDS_STILL:
        return f"{held} (see `{command_line('dead-letters replays show', replay.id)}`)"
    go_on = command_line("dead-letters replays resume", replay.id)
    let_go = command_line("dead-letters replays abort", replay.id, options=("--why", "TEXT"))
    return f"{held} (`{go_on}` goes on with it, `{let_go}` lets go of it)"
