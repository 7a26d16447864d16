"""Text views of dead letters: lists, groups, details, the audit log."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from cli.command_line import command_line, command_of, to_json
from cli.terminal.output import is_terminal, note, print_facts, print_table, say, to_seconds, warn
from operations.dead_letters.claims import Claim, LetterClaimedError
from operations.dead_letters.lookup import COUNT_LIMIT, LetterDetails, LetterGroup, LetterPage
from operations.errors import RefusedActionError
from schemas.audit import AuditEntry
from schemas.dead_letters import DeadLetter

_NOT_FACTS = ("causes", "solutions", "audit")
"""Fields of a letter that are not printed as a name and a value."""

_AUDIT_COLUMNS = ("AT", "WHO", "ACTION", "SUBJECT", "WHY")


def print_page(page: LetterPage) -> None:
    """Print a list: in groups on a terminal, one letter a line in a pipe; counts and claims on standard error."""
    if page.system_message:
        warn(page.system_message)
    if is_terminal():
        _print_groups(page.groups)
    else:
        _print_lines(page.letters)
    note(_count_line(page))
    for claim in page.claims:
        note(f"{_counted(claim.letters)} more {'is' if claim.letters == 1 else 'are'} {claim_sentence(claim)}.")


def print_details(details: LetterDetails) -> None:
    """Print a letter, the solutions of its order's blockers, and its audit entries."""
    facts = to_json(details)
    print_facts({name: value for name, value in facts.items() if name not in _NOT_FACTS})
    for s in details.solutions:
        say("", f"{s.reason} ({s.kind}, {s.key})", f"  {s.solution}", f"  {command_of(s.remedy)}")
    for entry in details.audit:
        say("", f"{entry.action} by {entry.who} at {to_seconds(entry.at)}: {entry.why}")


def print_audit(entries: Sequence[AuditEntry]) -> None:
    """Print audit entries, one a line."""
    rows = [(to_seconds(entry.at), entry.who, entry.action, entry.subject[:12], entry.why) for entry in entries]
    print_table(_AUDIT_COLUMNS, rows)


def claim_sentence(claim: Claim) -> str:
    """Return which replay has claimed letters, and the commands for it, as the end of a sentence."""
    replay = f"claimed by the {claim.state} replay {claim.replay_id}"
    if not claim.can_resume:
        return f"{replay} (see `{command_line('dead-letters replays show', claim.replay_id)}`)"
    resume = command_line("dead-letters replays resume", claim.replay_id)
    abort = command_line("dead-letters replays abort", claim.replay_id, options=("--why", "TEXT"))
    return f"{replay} (`{resume}` resumes it, `{abort}` ends it and releases them)"


@contextmanager
def naming_commands() -> Iterator[None]:
    """Add the commands for the replay to the refusal of an edit or a discard of a letter that it has claimed."""
    try:
        yield
    except LetterClaimedError as error:
        refused = f"Dead letter {error.letter_id} cannot be {error.action}"
        raise RefusedActionError(f"{refused}: it is {claim_sentence(error.claim)}.") from None


def _print_lines(letters: Sequence[DeadLetter]) -> None:
    columns = ("ID", "CLASS", "STATE", "EVENT", "ORDER", "TRIES", "LAST", "REASON")
    print_table(columns, [(letter.id[:8], letter.letter_type, *_cells(letter), letter.reason) for letter in letters])


def _print_groups(groups: Sequence[LetterGroup]) -> None:
    for group in groups:
        say(f"{_heading(group)} ({len(group.letters)})")
        columns = ("ID", "STATE", "EVENT", "ORDER", "TRIES", "LAST")
        print_table(columns, [(letter.id[:8], *_cells(letter)) for letter in group.letters])


def _cells(letter: DeadLetter) -> tuple[object, ...]:
    return letter.state, letter.event, letter.amazon_order_id, letter.attempts, to_seconds(letter.last_at)


def _heading(group: LetterGroup) -> str:
    if group.causes:
        causes = ", ".join(f"{cause.kind} {cause.key}".strip() for cause in group.causes)
        return f"{group.letter_type}: {causes}" + (f", store {group.store_id}" if group.store_id else "")
    return f"{group.letter_type} at {group.consumer}: {group.reason}"


def _count_line(page: LetterPage) -> str:
    in_state = f" {page.state}" if page.state else ""
    latest = f"; {len(page.letters):,} are shown" if len(page.letters) < page.count else ""
    return f"{_counted(page.count)}{in_state} dead {'letter' if page.count == 1 else 'letters'}{latest}."


def _counted(count: int) -> str:
    return f"More than {COUNT_LIMIT:,}" if count > COUNT_LIMIT else f"{count:,}"
