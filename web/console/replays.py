"""Replays: the dry run with its preview, the start, the list, one replay with live progress, pause, resume, abort."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response
from sse_starlette import EventSourceResponse

from operations.errors import InvalidInputError
from operations.replays import control, dry_run, lookup
from schemas.replays import ItemState, ReplayPace
from web.console.dead_letters import Replays
from web.console.form_fields import FormFields
from web.console.letter_query import InQuery, read_query
from web.console.pages import After, page, redirect
from web.console.replay_progress import progress_fragments, progress_values
from web.context import Ctx
from web.security.permissions import Reader

router = APIRouter()

PAGE_SIZE = 50
DEFAULT = ReplayPace()

Rate = Annotated[float, Query(gt=0, le=100_000)]
StopPercent = Annotated[float, Query(gt=0, le=100)]
Reason = Annotated[str, Form(max_length=2000)]


@router.get("/replays")
def replays(request: Request, context: Ctx, person: Reader, after: After = None) -> HTMLResponse:
    """List replays, the latest first."""
    listed = lookup.list_replays(context, PAGE_SIZE, after)
    return page(request, context, person, "replays.html", listed=listed)


@router.get("/replays/new")
def plan(
    request: Request,
    context: Ctx,
    person: Reader,
    query: InQuery,
    rate: Rate = DEFAULT.rate,
    stop: StopPercent = DEFAULT.stop_share * 100,
    *,
    ramp: bool = DEFAULT.ramp,
) -> HTMLResponse:
    """Show the dry run of a replay; it writes nothing."""
    planned = dry_run.plan(context, query.filter(), ReplayPace(rate, ramp, stop / 100))
    values: dict[str, Any] = {"query": query, "plan": planned, "rate": rate, "ramp": ramp, "stop": stop}
    return page(request, context, person, "replay_new.html", **values)


@router.post("/replays")
def start(request: Request, context: Ctx, person: Replays, form: FormFields) -> Response:
    """Start exactly the replay of a dry run."""
    pace = _pace(form)
    query = read_query(form)
    reason = form.get("reason", "").strip()
    started = control.start(context, query.filter(), form.get("token", ""), pace=pace, actor=person.name, reason=reason)
    return redirect(request, f"/replays/{started.replay_id}")


@router.get("/replays/{replay_id}")
def replay(
    request: Request,
    context: Ctx,
    person: Reader,
    replay_id: str,
    state: ItemState | None = None,
    after: After = None,
) -> HTMLResponse:
    """Show a replay: its progress, and its letters with their outcomes."""
    details = lookup.show_replay(context, replay_id, None, 0)
    listed = lookup.replayed_letters(context, details.replay_id, state, PAGE_SIZE, after)
    values: dict[str, Any] = {"replay": details, "listed": listed, "state": state, "states": list(ItemState)}
    progress = lookup.ReplayProgress(sums=details, is_carried_out=details.is_carried_out)
    return page(request, context, person, "replay.html", **values, **progress_values(progress))


@router.get("/replays/{replay_id}/events")
def follow(request: Request, context: Ctx, person: Reader, replay_id: str) -> EventSourceResponse:
    """Follow a replay: its progress as a part of the page, for each change, until it is not running."""
    first = lookup.progress(context, replay_id)
    return EventSourceResponse(progress_fragments(request, context, first))


@router.post("/replays/{replay_id}/pause")
def pause(request: Request, context: Ctx, person: Replays, replay_id: str, reason: Reason = "") -> Response:
    """Pause a replay."""
    control.pause(context, replay_id, actor=person.name, reason=_reason(reason))
    return redirect(request, f"/replays/{replay_id}", "The replay is paused: nothing more is sent until it is resumed.")


@router.post("/replays/{replay_id}/resume")
def resume(request: Request, context: Ctx, person: Replays, replay_id: str, reason: Reason = "") -> Response:
    """Resume a paused or stopped replay."""
    control.resume(context, replay_id, actor=person.name, reason=_reason(reason))
    return redirect(request, f"/replays/{replay_id}", "The replay goes on, from the first step of its ramp.")


@router.post("/replays/{replay_id}/abort")
def abort(request: Request, context: Ctx, person: Replays, replay_id: str, reason: Reason = "") -> Response:
    """End a replay."""
    aborted = control.abort(context, replay_id, actor=person.name, reason=_reason(reason))
    released = f"{aborted.released:,} letters that were not sent are open again."
    return redirect(request, f"/replays/{replay_id}", f"The replay was aborted. {released}")


def _reason(reason: str) -> str:
    return reason.strip() or "No reason was given."


def _pace(form: dict[str, str]) -> ReplayPace:
    try:
        rate, stop = float(form.get("rate", DEFAULT.rate)), float(form.get("stop", DEFAULT.stop_share * 100))
    except ValueError:
        raise InvalidInputError("The rate and the share of failures are numbers, such as 50 and 20.") from None
    return ReplayPace(rate, form.get("ramp") == "1", stop / 100)
