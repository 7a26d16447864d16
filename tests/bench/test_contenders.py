"""Messages to a peer and from it: the peer's own wire format around our event."""

import json
from pathlib import Path

import pika
import pytest

from bench.contenders import CONTENDERS, PLACEHOLDER, TASKS, Template
from bench.drain import cause_of
from bench.errors import BenchError
from bench.load import upstream_event

SENT_ID = "11111111-aaaa"
PEERS = Path(__file__).parents[2] / "bench" / "peers"


def test_an_event_stands_where_a_peer_had_its_own_text() -> None:
    properties = pika.BasicProperties(headers={"id": SENT_ID, "task": "handle"}, correlation_id=SENT_ID)
    body = json.dumps({"task_id": SENT_ID, "args": [PLACEHOLDER]}).encode()
    parcel = Template(properties, body, SENT_ID).wrap(upstream_event(3, 1))
    read = json.loads(parcel.body)
    assert read["args"] == [upstream_event(3, 1).body.decode()]
    assert read["task_id"] == parcel.properties.headers["id"] == parcel.properties.correlation_id != SENT_ID
    assert (parcel.exchange, parcel.key) == ("", TASKS)


def test_two_events_get_two_ids() -> None:
    template = Template(pika.BasicProperties(), json.dumps([SENT_ID, PLACEHOLDER]).encode(), SENT_ID)
    assert len({json.loads(template.wrap(upstream_event(number, 0)).body)[0] for number in (1, 2)}) == 2


def test_a_peer_without_a_format_gets_the_event_as_it_is() -> None:
    parcel = Template(pika.BasicProperties(content_type="text/plain"), PLACEHOLDER.encode(), "").wrap(
        upstream_event(3, 1)
    )
    assert parcel.body == upstream_event(3, 1).body
    assert parcel.properties.content_type == "text/plain"


@pytest.mark.parametrize("wraps", range(3))
def test_the_cause_of_a_follow_up_is_found_however_it_is_wrapped(wraps: int) -> None:
    body = json.dumps({"id": "x", "causationid": "701-0000000-0000001/2"})
    for _ in range(wraps):
        body = json.dumps({"args": [body]})
    assert cause_of(body.encode()) == "701-0000000-0000001/2"


def test_a_follow_up_without_a_cause_counts_for_nothing() -> None:
    with pytest.raises(BenchError, match="names no cause"):
        cause_of(b"{}")


def test_every_peer_has_its_module_and_ours_has_none() -> None:
    modules = {contender.peer_module for contender in CONTENDERS}
    assert modules == {path.stem for path in PEERS.glob("*_app.py")} | {""}
    assert [contender.name for contender in CONTENDERS if not contender.peer_module] == ["crossdock"]


def test_the_peers_lock_names_no_address() -> None:
    lines = (PEERS / "requirements.lock").read_text().splitlines()
    assert any("--hash=sha256:" in line for line in lines)
    assert [line for line in lines if "://" in line or line.lstrip().startswith(("--index", "--extra", "--find"))] == []
