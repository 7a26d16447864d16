"""Replays: dry run, start, list, show, pause, resume, abort; progress, also as server-sent events."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field
from sse_starlette import EventSourceResponse

from operations.replays import control, dry_run, lookup
from operations.replays.control import AbortedReplay, StartedReplay
from operations.replays.dry_run import Plan
from operations.replays.lookup import ReplayDetails, ReplayedLetter, ReplayProgress, ReplaySummary
from schemas.replays import ItemState, ReplayPace
from web.api.fields import A_NUMBER, Because, Flag, IdPrefix, Reason, RequestBody
from web.api.letter_filters import LetterSelection
from web.api.paging import Page, Paged, page_of
from web.api.permissions import Reader, Replays
from web.api.progress_events import progress_events
from web.context import Ctx

router = APIRouter(tags=["replays"])

DEFAULT = ReplayPace()


class Pace(RequestBody):
    """The pace of a replay, and its limits, at which it stops by itself."""

    rate: Annotated[float, A_NUMBER] = Field(
        default=DEFAULT.rate, gt=0, le=100_000, description="Letters a second, at most."
    )
    ramp: Flag = Field(default=DEFAULT.ramp, description="Send 1 first, then 5, 25, … as long as few fail.")
    stop_share: Annotated[float, A_NUMBER] = Field(
        default=DEFAULT.stop_share, gt=0, le=1, description="Share of failures at which it stops."
    )

    def pace(self) -> ReplayPace:
        """Return the pace."""
        return ReplayPace(self.rate, self.ramp, self.stop_share)


class Selection(RequestBody):
    """Letters and the pace at which they would be replayed."""

    filter: LetterSelection
    pace: Pace = Pace()


class Start(Selection):
    """A replay of exactly the letters of a dry run with the same filter."""

    token: str = Field(pattern=r"^[0-9a-f]{1,15}-[0-9a-f]{16}$", description="`token` of the dry run.")
    reason: Reason = Field(examples=["The product is in the catalog now"])


@router.post("/replay-plans", operation_id="planReplay")
def plan(context: Ctx, person: Reader, selection: Selection) -> Plan:
    """Show the effects of a replay: its letters, their causes, the blockers that would stay, the time."""
    return dry_run.plan(context, selection.filter.filter(), selection.pace.pace())


@router.post("/replays", operation_id="startReplay", status_code=201)
def start(context: Ctx, person: Replays, new: Start) -> StartedReplay:
    """Start the replay of a dry run; a relay carries it out. Refused with 409 when other letters match by now."""
    pace = new.pace.pace()
    return control.start(context, new.filter.filter(), new.token, pace=pace, actor=person.name, reason=new.reason)


@router.get("/replays", operation_id="listReplays")
def list_replays(context: Ctx, person: Reader, paging: Paged) -> Page[ReplaySummary]:
    """List replays, the latest first."""
    return page_of(lookup.list_replays(context, *paging))


@router.get("/replays/{replay_id}", operation_id="showReplay")
def show_replay(
    context: Ctx,
    person: Reader,
    replay_id: IdPrefix,
    state: Annotated[ItemState | None, Query(description="Only letters in this state.")] = None,
) -> ReplayDetails:
    """Show a replay, its counts, and the first hundred of its letters; `letters` lists all."""
    return lookup.show_replay(context, replay_id, state, 100)


@router.get("/replays/{replay_id}/letters", operation_id="listReplayedLetters")
def list_replayed_letters(
    context: Ctx,
    person: Reader,
    replay_id: IdPrefix,
    paging: Paged,
    state: Annotated[ItemState | None, Query(description="Only letters in this state.")] = None,
) -> Page[ReplayedLetter]:
    """List the letters of a replay with their outcomes, in the order in which they are sent."""
    return page_of(lookup.replayed_letters(context, replay_id, state, *paging))


@router.get("/replays/{replay_id}/progress", operation_id="showReplayProgress")
def progress(context: Ctx, person: Reader, replay_id: IdPrefix) -> ReplayProgress:
    """Show how far a replay is."""
    return lookup.progress(context, replay_id)


@router.get(
    "/replays/{replay_id}/progress-events",
    operation_id="followReplay",
    response_class=EventSourceResponse,
    responses={
        200: {
            "description": "An event `progress` for each change, its data as of `showReplayProgress`; `unavailable`"
            " with a sentence while the database is away. The stream ends with the replay, or after five minutes.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        }
    },
)
def follow(request: Request, context: Ctx, person: Reader, replay_id: IdPrefix) -> EventSourceResponse:
    """Follow a replay by server-sent events until it is not running."""
    first = lookup.progress(context, replay_id)
    return EventSourceResponse(progress_events(context, first, request.app.state.stopping))


@router.post("/replays/{replay_id}/pause", operation_id="pauseReplay")
def pause(context: Ctx, person: Replays, replay_id: IdPrefix, why: Because) -> ReplayProgress:
    """Pause a replay: nothing more is sent until it is resumed."""
    control.pause(context, replay_id, actor=person.name, reason=why.reason)
    return lookup.progress(context, replay_id)


@router.post("/replays/{replay_id}/resume", operation_id="resumeReplay")
def resume(context: Ctx, person: Replays, replay_id: IdPrefix, why: Because) -> ReplayProgress:
    """Resume a paused or stopped replay."""
    control.resume(context, replay_id, actor=person.name, reason=why.reason)
    return lookup.progress(context, replay_id)


@router.post("/replays/{replay_id}/abort", operation_id="abortReplay")
def abort(context: Ctx, person: Replays, replay_id: IdPrefix, why: Because) -> AbortedReplay:
    """End a replay. Letters that were not sent are open again."""
    return control.abort(context, replay_id, actor=person.name, reason=why.reason)
