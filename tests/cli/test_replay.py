"""crossdock dead-letters replay: a look before the leap, the leap, and every way to be refused."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.builders import ORDER_ID, STORE_ID, shipped
from tests.cli.conftest import Shell
from tests.harness import eventually
from tests.scenarios.crossdock import Installation, Process

REPLAY = ("dead-letters", "replay")
FAST = ("--no-ramp", "--rate", "1000")


@pytest.fixture
def blocked(shell: Shell) -> Shell:
    """Forty blocked orders of two SKUs; the first SKU's product is there by now, and nobody has noticed yet."""
    shell.sell_many(20, 1)
    shell.sell_many(20, 2, first=100)
    shell.mend("SKU-1")
    return shell


@pytest.fixture
def few(shell: Shell) -> Shell:
    """Two blocked orders, of one SKU each."""
    shell.sell_many(1, 1)
    shell.sell_many(1, 2, first=100)
    return shell


@pytest.fixture
def town(blocked: Shell, tmp_path: Path) -> Iterator[Installation]:
    """The same shop, for real processes."""
    town = Installation(tmp_path, "memory://", "sqlite:///crossdock.db")
    yield town
    town.end()


def states(shell: Shell) -> dict[str, int]:
    """Return how many letters stand in each state."""
    found = [letter["state"] for letter in shell.ok("dead-letters", "list", "--state", "all", "--json").json]
    return {state: found.count(state) for state in sorted(set(found))}


def replays(shell: Shell) -> list[dict[str, Any]]:
    """Return the replays there are."""
    found: list[dict[str, Any]] = shell.ok("dead-letters", "replays", "list", "--json").json
    return found


def test_forty_orders_one_cause_mended_are_looked_at_and_replayed_with_the_right_sums(blocked: Shell) -> None:
    told = blocked.ok(*REPLAY, "--dry-run", "--json").json
    assert list(told)[:8] == ["count", "groups", "still_blocked", "sample", "seconds", "rate", "token", "cutoff"]
    assert (told["count"], told["would_run"], len(told["sample"]), told["rate"]) == (40, 20, 5, 50.0)
    group: dict[str, Any] = {"kind": "product_missing", "store_id": STORE_ID, "count": 20}
    assert told["groups"] == [group | {"key": "SKU-1"}, group | {"key": "SKU-2"}]
    (still,) = told["still_blocked"]
    assert (still["key"], still["count"]) == ("SKU-2", 20)
    assert still["reason"] == 'Product "SKU-2" in order does not exist in the catalog.'
    with blocked.working():
        done = blocked.ok(*REPLAY, *FAST, "--stop-share", "0.9", "--yes", "--why", "SKU-1 is there", "--json").json
    replay_id = done.pop("replay_id")
    assert done == {
        "planned": 40,
        "sent": 40,
        "ok": 20,
        "failed_again": 20,
        "skipped": 0,
        "aborted": 0,
        "state": "finished",
        "under_way": 0,
        "reason": "",
    }
    assert states(blocked) == {"resolved": 20, "open": 20}
    assert blocked.ok("orders", "list", "--import-state", "imported", "--json").json["count"] == 20
    letters = blocked.ok("dead-letters", "replays", "show", replay_id, "--json").json["letters"]
    assert [one["state"] for one in letters].count("failed_again") == 20


def test_a_dry_run_writes_nothing(blocked: Shell) -> None:
    told = blocked.ok(*REPLAY, "--dry-run", "--key", "SKU-2")
    assert "20 dead letters would be replayed: 0 may go through, 20 would block again." in told.out
    assert "Token" in told.out
    assert (states(blocked), replays(blocked)) == ({"open": 40}, [])
    assert blocked.ok("dead-letters", "audit", "--json").json == []


def test_a_token_starts_exactly_what_was_told_also_where_the_filter_is_an_age(blocked: Shell) -> None:
    choice = ("--key", "SKU-1", "--since", "2h")
    token = blocked.ok(*REPLAY, *choice, "--dry-run", "--json").json["token"]
    with blocked.working():
        done = blocked.ok(*REPLAY, *choice, *FAST, "--token", token, "--json").json
    assert (done["planned"], done["ok"], done["state"]) == (20, 20, "finished")


def test_a_token_whose_selection_changed_is_refused(blocked: Shell) -> None:
    token = blocked.ok(*REPLAY, "--dry-run", "--json").json["token"]
    blocked.ok("products", "set", "SKU-1", "--quantity", "500")
    blocked.work()
    answer = blocked.run(*REPLAY, "--token", token)
    assert answer.code == 1
    assert answer.err == (
        "crossdock: The selection is no longer that of the dry run (20 letters now); make a new dry run.\n"
    )
    assert (states(blocked), replays(blocked)) == ({"resolved": 20, "open": 20}, [])


def test_a_token_of_other_filters_is_refused(few: Shell) -> None:
    token = few.ok(*REPLAY, "--key", "SKU-1", "--dry-run", "--json").json["token"]
    assert few.run(*REPLAY, "--key", "SKU-2", "--token", token).code == 1
    assert few.run(*REPLAY, "--token", "nonsense").code == 1
    assert replays(few) == []


def test_too_many_failures_stop_the_replay_and_what_was_not_sent_can_be_let_go(blocked: Shell) -> None:
    with blocked.working():
        answer = blocked.run(*REPLAY, "--key", "SKU-2", "--yes", "--json")
    assert (answer.code, answer.json["state"], answer.json["failed_again"]) == (1, "stopped", 1)
    assert "1 of 1 letters failed again." in answer.err
    replay_id = answer.json["replay_id"]
    assert f"`crossdock dead-letters replay --resume {replay_id}`" in answer.err
    way_out = (
        f"held by the stopped replay {replay_id} (`crossdock dead-letters replays resume {replay_id}` goes on with it,"
        f" `crossdock dead-letters replays abort {replay_id} --why TEXT` lets go of it)"
    )
    assert f"1 open dead letter.\n19 more are {way_out}.\n" in blocked.ok("dead-letters", "list", "--key", "SKU-2").err
    assert "held" not in blocked.ok("dead-letters", "list", "--key", "SKU-1").err
    held = blocked.ok("dead-letters", "list", "--state", "replaying", "--json").json[0]["id"]
    for refused in (
        blocked.run("dead-letters", "discard", held, "--reason", "test", "--yes"),
        blocked.run("dead-letters", "edit", held, "--set", "data.x=1", "--why", "test", "--yes"),
    ):
        assert (refused.code, f"Dead letter {held} is {way_out}" in refused.err) == (1, True)
    aborted = blocked.ok("dead-letters", "replays", "abort", replay_id, "--why", "SKU-2 is not mended")
    assert aborted.out == f"Replay {replay_id} is aborted; 19 letters wait again.\n"
    assert states(blocked) == {"open": 40}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--rate", "0"), "sends nothing"),
        (("--rate", "-5"), "sends nothing"),
        (("--rate", "nan"), "sends nothing"),
        (("--stop-share", "0"), "A share of 0 is none"),
        (("--since", "soon"), "is no time and no age"),
        (("--since", "0001-01-01T00:00:00+10:00"), "is no time and no age"),
        (("--older-than", "999999999999d"), "longer than can be counted"),
        (("--dry-run", "--token", "1-2"), "gives a token"),
        (("--resume", "abc", "--key", "SKU-1"), "goes on with what was chosen"),
        ((), "There is nobody to ask"),
    ],
)
def test_wrong_usage_ends_with_2_and_changes_nothing(few: Shell, options: tuple[str, ...], told: str) -> None:
    answer = few.run(*REPLAY, *options)
    assert answer.code == 2
    assert told in answer.err
    assert (states(few), replays(few)) == ({"open": 2}, [])


@pytest.mark.parametrize("options", [("--dry-run",), ("--yes",)])
def test_filters_that_match_nothing_are_refused(few: Shell, options: tuple[str, ...]) -> None:
    answer = few.run(*REPLAY, "--key", "SKU-3", *options)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith("crossdock: No dead letter that waits passes this filter")
    assert replays(few) == []


def test_a_replay_is_named_by_the_beginning_of_its_id(blocked: Shell) -> None:
    of_replays = ("dead-letters", "replays")
    with blocked.working():
        replay_id = blocked.run(*REPLAY, "--key", "SKU-2", "--yes", "--json").json["replay_id"]
        beginning = replay_id[:6]
        assert blocked.run(*of_replays, "resume", beginning, "--json").json["state"] == "stopped"
        assert blocked.run(*REPLAY, "--resume", beginning, "--json").json["state"] == "stopped"
    assert blocked.ok(*of_replays, "show", beginning, "--json").json["replay_id"] == replay_id
    assert f"Replay {replay_id} is stopped" in blocked.run(*of_replays, "pause", beginning).err
    assert f"Replay {replay_id} is aborted" in blocked.ok(*of_replays, "abort", beginning, "--why", "test").out


@pytest.mark.parametrize("words", [("show",), ("pause",), ("resume",), ("abort", "--why", "test")])
def test_a_replay_that_nobody_knows_is_refused(few: Shell, words: tuple[str, ...]) -> None:
    answer = few.run("dead-letters", "replays", words[0], "nothing", *words[1:])
    assert (answer.code, answer.err) == (1, 'crossdock: There is no replay "nothing".\n')


def test_a_failed_letter_is_replayed_and_the_audit_says_who_and_why(shell: Shell) -> None:
    shell.sell(1)
    shell.publish(shipped(items=[{"order_item_id": "stranger", "quantity": 1}]))
    with shell.working():
        answer = shell.ok(*REPLAY, "--class", "failed", "--yes", "--who", "Test Operator", "--why", "once more")
    assert "of 1 dead letter, 0 went through, 1 failed again." in answer.out
    (act,) = shell.ok("dead-letters", "audit", "--json").json
    assert (act["who"], act["why"], act["action"]) == ("Test Operator", "once more", "replay.start")
    assert act["details"]["planned"] == 1
    assert "Test Operator" in shell.ok("dead-letters", "audit").out


def under_way(shell: Shell) -> dict[str, Any]:
    """Return the only replay, once it has sent its first letter."""
    eventually(lambda: any(replay["sent"] == 1 for replay in replays(shell)), "the first letter is sent")
    (replay,) = replays(shell)
    return replay


def start(town: Installation, *words: str) -> Process:
    """Start a replay that nobody's consumers handle."""
    return town.start(*REPLAY, "--key", "SKU-1", *words)


def test_of_two_operators_one_replays_and_ctrl_c_pauses_what_can_be_resumed(blocked: Shell, town: Installation) -> None:
    first = start(town, "--yes", "--why", "first")
    replay = under_way(blocked)
    second = blocked.run(*REPLAY, "--key", "SKU-1", "--yes")
    assert (second.code, "No dead letter that waits" in second.err) == (1, True)
    busy = blocked.run(*REPLAY, "--resume", replay["replay_id"])
    assert (busy.code, "another process" in busy.err) == (1, True)
    eventually(lambda: "Nobody seems to take the messages so far; start `crossdock up`" in first.log, "a hint")
    assert first.end(signal.SIGINT) == 130
    assert f"`crossdock dead-letters replay --resume {replay['replay_id']}` goes on with it." in first.log
    assert replays(blocked)[0]["state"] == "paused"
    with blocked.working():
        done = blocked.ok("dead-letters", "replays", "resume", replay["replay_id"], "--json").json
    assert (done["state"], done["planned"], done["ok"], done["failed_again"]) == ("finished", 20, 20, 0)
    actions = [act["action"] for act in blocked.ok("dead-letters", "audit", "--json").json]
    assert actions == ["replay.resume", "replay.pause", "replay.start"]


def test_a_replay_is_paused_from_another_terminal(blocked: Shell, town: Installation) -> None:
    first = start(town, "--yes")
    replay_id = under_way(blocked)["replay_id"]
    blocked.ok("dead-letters", "replays", "pause", replay_id, "--why", "lunch")
    eventually(lambda: not first.is_alive, "the first ends")
    assert first.end() == 1
    assert "lunch" in first.log
    assert ORDER_ID not in first.log
