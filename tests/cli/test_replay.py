"""crossdock dead-letters replay: the dry run, the replay that a relay carries out, and every refusal."""

import signal
from collections.abc import Iterator
from contextlib import closing
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
    """Forty blocked orders of two SKUs; the product of the first SKU exists by now, without an event about it."""
    shell.sell_many(20, 1)
    shell.sell_many(20, 2, first=100)
    shell.restock_unannounced("SKU-1")
    return shell


@pytest.fixture
def few(shell: Shell) -> Shell:
    """Two blocked orders, of one SKU each."""
    shell.sell_many(1, 1)
    shell.sell_many(1, 2, first=100)
    return shell


@pytest.fixture
def embedded(blocked: Shell, tmp_path: Path) -> Iterator[Installation]:
    """The same shop, for real processes."""
    with closing(Installation(tmp_path, "memory://", "sqlite:///crossdock.db")) as opened:
        yield opened


def states(shell: Shell) -> dict[str, int]:
    """Return the number of letters in each state."""
    found = [letter["state"] for letter in shell.ok("dead-letters", "list", "--state", "all", "--json").json]
    return {state: found.count(state) for state in sorted(set(found))}


def replays(shell: Shell) -> list[dict[str, Any]]:
    """Return the replays there are."""
    found: list[dict[str, Any]] = shell.ok("dead-letters", "replays", "list", "--json").json
    return found


def test_forty_orders_of_which_one_cause_is_gone_are_planned_and_replayed_with_the_right_sums(blocked: Shell) -> None:
    planned = blocked.ok(*REPLAY, "--dry-run", "--json").json
    assert list(planned)[:8] == ["count", "groups", "still_blocked", "sample", "seconds", "rate", "token", "cutoff"]
    assert (planned["count"], planned["would_run"], len(planned["sample"]), planned["rate"]) == (40, 20, 5, 50.0)
    group: dict[str, Any] = {"kind": "product_missing", "store_id": STORE_ID, "count": 20}
    assert planned["groups"] == [group | {"key": "SKU-1"}, group | {"key": "SKU-2"}]
    (still,) = planned["still_blocked"]
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
    planned = blocked.ok(*REPLAY, "--dry-run", "--key", "SKU-2")
    assert "20 dead letters would be replayed: 0 may succeed, 20 would block again." in planned.out
    assert "Token" in planned.out
    assert (states(blocked), replays(blocked)) == ({"open": 40}, [])
    assert blocked.ok("dead-letters", "audit", "--json").json == []


def test_a_token_starts_exactly_its_plan_also_where_the_filter_is_an_age(blocked: Shell) -> None:
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


def test_too_many_failures_stop_the_replay_and_the_letters_not_sent_can_be_released(blocked: Shell) -> None:
    with blocked.working():
        answer = blocked.run(*REPLAY, "--key", "SKU-2", "--yes", "--json")
    assert (answer.code, answer.json["state"], answer.json["failed_again"]) == (1, "stopped", 1)
    assert "1 of 1 letters failed again." in answer.err
    replay_id = answer.json["replay_id"]
    assert f"`crossdock dead-letters replay --resume {replay_id}`" in answer.err
    way_out = (
        f"claimed by the stopped replay {replay_id} (`crossdock dead-letters replays resume {replay_id}` resumes it,"
        f" `crossdock dead-letters replays abort {replay_id} --why TEXT` ends it and releases them)"
    )
    assert f"1 open dead letter.\n19 more are {way_out}.\n" in blocked.ok("dead-letters", "list", "--key", "SKU-2").err
    assert "claimed" not in blocked.ok("dead-letters", "list", "--key", "SKU-1").err
    held = blocked.ok("dead-letters", "list", "--state", "replaying", "--json").json[0]["id"]
    for refused, action in (
        (blocked.run("dead-letters", "discard", held, "--reason", "test", "--yes"), "discarded"),
        (blocked.run("dead-letters", "edit", held, "--set", "data.x=1", "--why", "test", "--yes"), "edited"),
    ):
        assert refused.code == 1
        assert refused.err.endswith(f"crossdock: Dead letter {held} cannot be {action}: it is {way_out}.\n")
    aborted = blocked.ok("dead-letters", "replays", "abort", replay_id, "--why", "SKU-2 is not mended")
    assert aborted.out == f"Replay {replay_id} is aborted; 19 letters are open again.\n"
    assert states(blocked) == {"open": 40}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--rate", "0"), "sends nothing"),
        (("--rate", "-5"), "sends nothing"),
        (("--rate", "nan"), "sends nothing"),
        (("--stop-share", "0"), "A stop share of 0 is out of range"),
        (("--since", "soon"), "Invalid time or age"),
        (("--since", "0001-01-01T00:00:00+10:00"), "Invalid time or age"),
        (("--older-than", "999999999999d"), "out of range"),
        (("--dry-run", "--token", "1-2"), "gives a token"),
        (("--resume", "abc", "--key", "SKU-1"), "takes the letters of its replay"),
        ((), "pass --yes after checking with --dry-run"),
    ],
)
def test_wrong_usage_ends_with_2_and_changes_nothing(few: Shell, options: tuple[str, ...], message: str) -> None:
    answer = few.run(*REPLAY, *options)
    assert answer.code == 2
    assert message in answer.err
    assert (states(few), replays(few)) == ({"open": 2}, [])


@pytest.mark.parametrize("options", [("--dry-run",), ("--yes",)])
def test_filters_that_match_nothing_are_refused(few: Shell, options: tuple[str, ...]) -> None:
    answer = few.run(*REPLAY, "--key", "SKU-3", *options)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith("crossdock: No open dead letter matches this filter")
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
def test_an_unknown_replay_is_refused(few: Shell, words: tuple[str, ...]) -> None:
    answer = few.run("dead-letters", "replays", words[0], "nothing", *words[1:])
    assert (answer.code, answer.err) == (1, 'crossdock: There is no replay "nothing".\n')


def test_a_failed_letter_is_replayed_and_the_audit_log_has_actor_and_reason(shell: Shell) -> None:
    shell.sell(1)
    shell.publish(shipped(items=[{"order_item_id": "stranger", "quantity": 1}]))
    with shell.working():
        answer = shell.ok(*REPLAY, "--class", "failed", "--yes", "--who", "Test Operator", "--why", "once more")
    assert "of 1 dead letter, 0 succeeded, 1 failed again." in answer.out
    (act,) = shell.ok("dead-letters", "audit", "--json").json
    assert (act["who"], act["why"], act["action"]) == ("Test Operator", "once more", "replay.start")
    assert act["details"]["planned"] == 1
    assert "Test Operator" in shell.ok("dead-letters", "audit").out


def started(shell: Shell) -> str:
    """Return the id of the only replay, once there is one."""
    eventually(lambda: bool(replays(shell)), "the replay is started")
    (replay,) = replays(shell)
    return str(replay["replay_id"])


def start(embedded: Installation, *words: str) -> Process:
    """Start a replay in a process of its own."""
    return embedded.start(*REPLAY, "--key", "SKU-1", *words)


def test_ctrl_c_leaves_a_replay_running_that_is_paused_and_resumed_elsewhere(
    blocked: Shell, embedded: Installation
) -> None:
    first = start(embedded, *FAST, "--yes", "--why", "first")
    replay_id = started(blocked)
    second = blocked.run(*REPLAY, "--key", "SKU-1", "--yes")
    assert (second.code, "No open dead letter" in second.err) == (1, True)
    eventually(lambda: "No relay carries it out; start `crossdock up` in another terminal." in first.log, "a hint")
    assert first.is_alive
    assert first.end(signal.SIGINT) == 130
    assert f"The replay keeps running; `crossdock dead-letters replays pause {replay_id}` pauses it." in first.log
    assert replays(blocked)[0]["state"] == "running"
    blocked.ok("dead-letters", "replays", "pause", replay_id)
    assert replays(blocked)[0]["state"] == "paused"
    with blocked.working():
        done = blocked.ok("dead-letters", "replays", "resume", replay_id, "--json").json
    assert (done["state"], done["planned"], done["ok"], done["failed_again"]) == ("finished", 20, 20, 0)
    actions = [entry["action"] for entry in blocked.ok("dead-letters", "audit", "--json").json]
    assert actions == ["replay.resume", "replay.pause", "replay.start"]


def test_a_running_replay_is_followed_by_another_terminal(blocked: Shell, embedded: Installation) -> None:
    first = start(embedded, *FAST, "--yes")
    replay_id = started(blocked)
    with blocked.working():
        followed = blocked.ok(*REPLAY, "--resume", replay_id, "--json").json
    assert (followed["replay_id"], followed["state"], followed["ok"]) == (replay_id, "finished", 20)
    eventually(lambda: not first.is_alive, "the first follower ends")
    assert first.end() == 0
    assert [entry["action"] for entry in blocked.ok("dead-letters", "audit", "--json").json] == ["replay.start"]


def test_a_replay_without_consumers_shows_a_hint_and_is_paused_elsewhere(
    blocked: Shell, embedded: Installation
) -> None:
    first = start(embedded, "--yes")
    replay_id = started(blocked)
    with blocked.replaying():
        eventually(lambda: replays(blocked)[0]["sent"] >= 1, "the first letter is sent")
        eventually(lambda: "No consumer has handled a message yet. Start `crossdock up`" in first.log, "a hint")
        blocked.ok("dead-letters", "replays", "pause", replay_id, "--why", "lunch")
        eventually(lambda: not first.is_alive, "the first ends")
    assert first.end() == 1
    assert "lunch" in first.log
    assert f"`crossdock dead-letters replay --resume {replay_id}` resumes it." in first.log
    assert ORDER_ID not in first.log
