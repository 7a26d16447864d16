"""Dead letters as the command line shows them: rows, groups of what failed alike, acts of the audit. No bodies."""

from collections.abc import Sequence
from typing import Any

from cli.terminal.output import print_table, rfc3339, say, to_seconds
from handlers.rules.blockers import never_placed
from ledger.dead_letters.replay_queries import PRODUCT_KINDS
from ledger.unit_of_work import UnitOfWork
from schemas.blockers import Blocker
from schemas.dead_letters import DeadLetter
from schemas.replays import AuditEntry


def letter_row(letter: DeadLetter) -> dict[str, Any]:
    """Return a dead letter as `--json` shows it."""
    return {
        "id": letter.id,
        "class": letter.letter_type.value,
        "consumer": letter.consumer,
        "event": letter.event,
        "amazon_order_id": letter.amazon_order_id,
        "causes": [{"kind": cause.kind.value, "key": cause.key} for cause in letter.causes],
        "attempts": letter.attempts,
        "first_at": rfc3339(letter.first_at),
        "last_at": rfc3339(letter.last_at),
        "state": letter.state.value,
        "store_id": letter.store_id,
        "reason": letter.reason,
        "fingerprint": letter.fingerprint,
        "replaced_by": letter.replaced_by,
    }


def print_lines(letters: Sequence[DeadLetter]) -> None:
    """Print letters one a line, for other programs to read."""
    columns = ("ID", "CLASS", "STATE", "EVENT", "ORDER", "TRIES", "LAST", "REASON")
    print_table(columns, [(letter.id[:8], letter.letter_type, *_cells(letter), letter.reason) for letter in letters])


def _cells(letter: DeadLetter) -> tuple[object, ...]:
    return letter.state, letter.event, letter.amazon_order_id, letter.attempts, to_seconds(letter.last_at)


def print_groups(letters: Sequence[DeadLetter]) -> None:
    """Print letters for a person: those of one cause together, the group with the latest first."""
    groups: dict[tuple[str, str], list[DeadLetter]] = {}
    for letter in letters:
        groups.setdefault(_what_they_share(letter), []).append(letter)
    for (what, _), members in groups.items():
        say(f"{what} ({len(members)})")
        columns = ("ID", "STATE", "EVENT", "ORDER", "TRIES", "LAST")
        print_table(columns, [(letter.id[:8], *_cells(letter)) for letter in members])


def _what_they_share(letter: DeadLetter) -> tuple[str, str]:
    """Return the heading of a letter's group, and what tells the group apart."""
    if letter.causes:
        keys = [f"{cause.kind} {cause.key if cause.kind in PRODUCT_KINDS else ''}".strip() for cause in letter.causes]
        what = f"{letter.letter_type}: {', '.join(keys)}" + (f", store {letter.store_id}" if letter.store_id else "")
        return what, ""
    return f"{letter.letter_type} at {letter.consumer}: {letter.reason}", letter.fingerprint


def causes_now(work: UnitOfWork, letter: DeadLetter) -> list[Blocker]:
    """Return what the letter's order is blocked on now, as far as the letter names it."""
    if letter.store_id is None or letter.amazon_order_id is None:
        return []
    key = (letter.store_id, letter.amazon_order_id)
    order = work.orders.load([key], lock=False).get(key)
    standing = [*(order.blockers if order else ()), never_placed(letter.amazon_order_id)]
    return [blocker for blocker in standing if blocker.cause in letter.causes]


def act_row(act: AuditEntry) -> dict[str, Any]:
    """Return a line of the audit as `--json` shows it."""
    return {
        "at": rfc3339(act.at),
        "who": act.who,
        "action": act.action,
        "subject": act.subject,
        "why": act.why,
        "details": act.details,
    }
