"""Logs: one JSON object a line in a pipe, and never a value that may be personal."""

import json
import logging
import re
from contextlib import closing
from threading import Event
from typing import Any

import pytest
import structlog

from events.open_bus import open_bus
from gateways.amazon.notifications.sqs import NotificationQueue
from gateways.http.call import Call
from gateways.http.client import HttpClient
from tests.gateways.http.server import serving
from tests.hostile_texts import STEERING, STEERS
from tests.sqs import Queue
from workers.process.logs import set_up_logs
from workers.runner import run_loops

pytestmark = pytest.mark.usefixtures("restored_logs")


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_in_a_pipe_is_json_with_time_level_and_name(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("info")
    structlog.get_logger("pipeline.processor").info("batch handled", consumer="importer", messages=3)
    (line,) = lines(capsys)
    assert line.pop("timestamp")
    assert line == {
        "event": "batch handled",
        "level": "info",
        "logger": "pipeline.processor",
        "consumer": "importer",
        "messages": 3,
    }


def test_log_lines_of_libraries_have_the_same_format(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("info")
    logging.getLogger("sqlalchemy").warning("something of %s", "theirs")
    (line,) = lines(capsys)
    assert (line["event"], line["level"], line["logger"]) == ("something of theirs", "warning", "sqlalchemy")


def test_a_call_over_http_writes_no_address_and_no_header(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("debug")
    with serving() as server, closing(HttpClient("amazon", server.url)) as client:
        client.call(Call("upload feed", "PUT", f"{server.url}/file?signature=secret", headers={"x-token": "secret"}))
    assert "secret" not in capsys.readouterr().err


def test_aws_log_lines_about_a_call_are_not_written(capsys: pytest.CaptureFixture[str], sqs: Any) -> None:
    set_up_logs("debug")
    queue = Queue(sqs)
    with closing(NotificationQueue(queue.url)) as notifications:
        notifications.waiting()
    assert [line for line in lines(capsys) if str(line["logger"]).startswith(("boto", "urllib3"))] == []


def test_pikas_log_lines_about_late_frames_are_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("info")
    open_bus("amqp://guest:guest@127.0.0.1:1/", "test").close()
    logging.getLogger("pika.connection").critical("Received %s frame for unregistered channel %i", "Body", 3)
    assert lines(capsys) == []


def test_lines_below_the_level_are_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("warning")
    structlog.get_logger("pipeline.processor").info("batch handled")
    assert lines(capsys) == []


def test_a_traceback_does_not_show_the_values_of_variables(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("info")
    buyer = "Test" + " Buyer"
    try:
        raise KeyError(len(buyer))
    except KeyError:
        structlog.get_logger("pipeline.processor").exception("failed")
    written = capsys.readouterr().err
    assert "KeyError" in written
    assert buyer not in written


@pytest.mark.parametrize("text", STEERING.values(), ids=STEERING)
@pytest.mark.parametrize("terminal", [True, False])
def test_no_value_steers_the_terminal_that_shows_the_log(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, text: str, terminal: bool
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
    monkeypatch.setenv("NO_COLOR", "1")
    set_up_logs("info")
    try:
        raise ValueError(f"a{text}b")
    except ValueError:
        structlog.get_logger("test").exception(f"c{text}d", order=f"e{text}f", several=[f"g{text}h"])
    logging.getLogger("theirs").warning("theirs %s", f"i{text}j")
    shown = re.sub(r"\x1b\[\d*m", "", capsys.readouterr().err) if terminal else capsys.readouterr().err
    assert "theirs" in shown
    assert not STEERS & set(shown.replace("\n", ""))


def test_no_line_shows_the_password_of_a_url(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("info")
    logging.getLogger("theirs").warning("cannot connect to postgresql://app:sword@fish@db/orders")
    (line,) = lines(capsys)
    assert line["event"] == "cannot connect to postgresql://***"


class Dying:
    """A loop that dies with personal data in hand, and in its last words."""

    def run(self, stop: Event) -> None:
        """Die."""
        buyer = "Test" + " Buyer"
        raise ValueError(buyer)


class Waiting:
    """A loop that runs until it is stopped."""

    ended = False

    def run(self, stop: Event) -> None:
        """Wait."""
        self.ended = stop.wait(10.0)


def test_a_loop_that_dies_ends_the_process_and_its_words_are_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("info")
    other = Waiting()
    assert run_loops({"dying": Dying(), "waiting": other}, Event()) is False
    assert other.ended
    written = capsys.readouterr().err
    assert "ValueError in run" in written
    assert "Test Buyer" not in written
