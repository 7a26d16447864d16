"""The report of a trial, as a table."""

from collections.abc import Iterator
from statistics import median

from faults.checker import Violation, left_to_reconciliation, lost
from faults.history import History


def report(history: History, violations: list[Violation]) -> str:
    """Return the table: faults by kind with recovery times, counts of events, and violations."""
    return "\n".join([*_faults(history), "", *_events(history), "", *_wrong(violations)])


def _faults(history: History) -> Iterator[str]:
    yield f"{'fault':<42}{'times':>7}{'recovery p50':>14}{'max':>8}"
    crashes = {kind: count for kind, count in history.faults.items() if kind.startswith("crash at ")}
    for kind, count in sorted(history.faults.items()):
        if kind not in crashes:
            yield f"{kind:<42}{count:>7}{_recovery(history, kind)}"
    whose: dict[str, int] = {}
    for kind, count in crashes.items():
        who = kind.removeprefix("crash at ").partition("/")[0]
        whose[who] = whose.get(who, 0) + count
    for who, count in sorted(whose.items()):
        different = sum(1 for kind in crashes if kind.startswith(f"crash at {who}/"))
        yield f"{f'{who} crashed, at {different} points':<42}{count:>7}"
    yield f"{'all faults':<42}{sum(history.faults.values()):>7}{_recovery(history, '')}"


def _recovery(history: History, kind: str) -> str:
    seconds = [
        recovery.seconds
        for recovery in history.recoveries
        if recovery.seconds is not None and kind in (recovery.kind, "")
    ]
    return f"{median(seconds):>12.1f} s{max(seconds):>6.1f} s" if seconds else ""


def _events(history: History) -> Iterator[str]:
    confirmed = [sent for sent in history.sent if sent.confirmed]
    states = [
        history.rows[sent.delivery].state for sent in confirmed if sent.delivery and sent.delivery in history.rows
    ]
    doubled = sum(count - 1 for count in history.applied.values() if count > 1)
    books = history.books
    facts = {
        "events confirmed": len(confirmed),
        "deliveries confirmed": sum(len(sent.confirmed) for sent in confirmed),
        "publications tried": sum(sent.attempted for sent in history.sent),
        "messages handled, with follow-ups": len(history.rows),
        "handled once": states.count("done"),
        "of these ignored with a reason": history.ignored,
        "orders": len(history.orders),
        "orders blocked": history.blocked,
        "dead letters": len(history.letters),
        "left to crossdock reconcile": len(left_to_reconciliation(history)),
        "LOST": len(lost(history)),
        "DOUBLED": doubled + abs(books.numbers - books.numbered) + books.surplus_pieces + len(books.drift),
        "  events applied twice": doubled,
        "  Commerce orders beyond one an order": abs(books.numbers - books.numbered),
        "  pieces confirmed beyond what was ordered": books.surplus_pieces,
        "  reservations that do not add up": len(books.drift),
    }
    for what, count in facts.items():
        yield f"{what:<42}{count:>7}"


def _wrong(violations: list[Violation]) -> Iterator[str]:
    if not violations:
        yield "All invariants hold."
    for violation in violations[:40]:
        yield str(violation)
    if len(violations) > 40:
        yield f"and {len(violations) - 40} more"
