"""Progress on a terminal, on standard error, and nothing in a pipe."""

import pytest

from cli.terminal.output import bar, progress
from tests.cli.terminals import at_terminal


def test_a_terminal_shows_how_many_are_done() -> None:
    with at_terminal(80) as terminal, progress("Lines read") as show:
        show(1234)
    assert "Lines read: 1,234" in terminal.text


def test_a_terminal_shows_how_many_of_how_many_are_done() -> None:
    with at_terminal(80) as terminal, bar("Replaying") as show:
        show(30, 100)
    assert "30/100" in terminal.text


def test_a_pipe_is_shown_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("Lines read") as show, bar("Replaying") as show_both:
        show(1234)
        show_both(30, 100)
    assert capsys.readouterr() == ("", "")
