"""crossdock reconcile: the outcome as text, JSON and exit code."""

from contextlib import closing
from datetime import timedelta

from schemas.reconciliation import Difference, DifferenceKind, Reconciliation, Step
from schemas.settings import read_settings
from tests.cli.conftest import Shell
from workers.process.bootstrap import open_ledger
from workers.reconciliation import begin
from workers.reconciliation_job import reconcile_now


def keep(*differences: Difference) -> None:
    """Keep a reconciliation of ten orders."""
    with closing(open_ledger(read_settings())) as ledger, ledger.begin() as work:
        span = {"at": work.now, "since": work.now - timedelta(days=2), "until": work.now}
        facts = {"orders": 10, "differences": differences, "notes": ("A note.",), "complete": True}
        work.reconciliations.save(Reconciliation.model_validate(span | facts))


def test_a_comparison_without_differences_ends_with_0(shell: Shell) -> None:
    shell.ok("stores", "list")
    assert shell.ok("reconcile", "--last").out == "Nothing was compared yet.\n"
    answer = shell.ok("reconcile")
    assert "0 orders, 0 repaired, 0 unexplained" in answer.out
    assert "Commerce is simulated" in answer.err


def test_an_unexplained_difference_ends_with_1(shell: Shell) -> None:
    shell.ok("stores", "list")
    repaired = Difference(kind=DifferenceKind.STATUS_LAG, details="Late.", repair="Amazon is asked for it")
    keep(repaired)
    assert "10 orders, 1 repaired, 0 unexplained" in shell.ok("reconcile", "--last").out
    keep(repaired, Difference(kind=DifferenceKind.TOTAL, details="Other total."))
    answer = shell.run("reconcile", "--last")
    assert (answer.code, "unexplained\tOther total." in answer.out) == (1, True)
    listed = shell.run("reconcile", "--last", "--json")
    assert (listed.code, listed.json["unexplained"], len(listed.json["differences"])) == (1, 1, 2)


def test_an_interrupted_comparison_is_gone_on_with(shell: Shell) -> None:
    shell.ok("stores", "list")
    shown: list[int] = []
    assert reconcile_now(read_settings(), timedelta(days=2), shown.append, lambda _: True) is None
    assert shown == [0], "one page"
    with closing(open_ledger(read_settings())) as ledger, ledger.read() as work:
        run = work.reconciliations.in_progress()
    assert run
    assert run.step is Step.RECORDED
    at = run.outcome.model_dump(mode="json")["at"]
    assert shell.ok("reconcile", "--json").json["at"] == at


def test_a_comparison_that_another_one_replaced_is_made_again_and_ends(shell: Shell) -> None:
    shell.ok("stores", "list")
    waits: list[float] = []

    def replaced_once(_orders: int) -> None:
        if not waits:
            with closing(open_ledger(read_settings())) as ledger:
                begin(ledger, timedelta(days=2))

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        return len(waits) > 20

    outcome = reconcile_now(read_settings(), timedelta(days=3), replaced_once, wait)
    assert outcome, "it would go on for ever"
    assert outcome.at - outcome.since == timedelta(days=3)
