"""Letters that a replay has claimed: they are not open, and their refusals and lists name the replay."""

from ledger.unit_of_work import UnitOfWork
from operations.errors import RefusedActionError
from schemas.dead_letters import DeadLetter, LetterFilter
from schemas.replays import ReplayState
from schemas.value import Value

CAN_RESUME = (ReplayState.PAUSED, ReplayState.STOPPED)
"""States of a replay that keeps its letters, and sends none until it is resumed."""


class Claim(Value):
    """A replay and the letters that it has claimed, which no other replay, edit or discard may touch."""

    replay_id: str
    state: ReplayState
    letters: int
    """How many letters it has claimed, counted up to a limit."""

    @property
    def can_resume(self) -> bool:
        """Whether the replay sends nothing until a person resumes or aborts it."""
        return self.state in CAN_RESUME


class LetterClaimedError(RefusedActionError):
    """A replay has claimed the letter; `claim` names the replay, which has to end or be aborted first."""

    def __init__(self, letter_id: str, claim: Claim, action: str) -> None:
        """Refuse *action*, a past participle such as "edited"."""
        by = f"the {claim.state} replay {claim.replay_id}"
        super().__init__(f"Dead letter {letter_id} cannot be {action}: it is claimed by {by}.")
        self.letter_id, self.claim, self.action = letter_id, claim, action


def claims_of(work: UnitOfWork, letters: LetterFilter, limit: int) -> tuple[Claim, ...]:
    """Return the replays that have claimed letters of the filter, in any state; count *limit* letters."""
    return tuple(
        Claim(replay_id=replay.id, state=replay.state, letters=count)
        for replay, count in work.replay_selection.holders(letters, limit)
    )


def refuse_if_claimed(work: UnitOfWork, letter: DeadLetter, action: str) -> None:
    """Raise LetterClaimedError for a letter that a replay has claimed."""
    for claim in claims_of(work, LetterFilter(ids=(letter.id,)), 1):
        raise LetterClaimedError(letter.id, claim, action)
