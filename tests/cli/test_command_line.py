"""Remedies as commands: each kind has one that exists, quoted for a shell."""

import shlex

import pytest
from typer.main import get_command

from cli.app import app
from cli.command_line import command_of, to_json, with_hint
from operations.errors import NotFoundError
from operations.orders.models import BlockerDetails
from schemas.blockers import BlockerKind, Remedy, RemedyKind
from tests.builders import KEY, STORE_ID

PARAMS = {**KEY, "seller_sku": "-MUG; rm", "sku": "MUG BLUE"}


@pytest.mark.parametrize("kind", RemedyKind)
def test_each_remedy_is_a_command_that_exists(kind: RemedyKind) -> None:
    name, *words = shlex.split(command_of(Remedy(kind=kind, params=PARAMS)))
    assert name == "crossdock"
    command = get_command(app)
    while inner := getattr(command, "commands", None):
        command = inner[words.pop(0)]
    options = {option for param in command.params for option in (*param.opts, *param.secondary_opts)}
    given = {word for word in words[: words.index("--")] if word.startswith("--")} if "--" in words else set(words)
    assert {word for word in given if word.startswith("--")} <= options


def test_values_are_quoted_and_cannot_be_taken_for_options() -> None:
    remedy = Remedy(kind=RemedyKind.MATCH_LISTING, params=PARAMS)
    assert command_of(remedy) == f"crossdock products match -- {STORE_ID} '-MUG; rm' SKU"
    assert command_of(Remedy(kind=RemedyKind.ENABLE_PRODUCT, params=PARAMS)) == (
        "crossdock products set 'MUG BLUE' --enable"
    )


def test_a_hint_ends_the_sentence_of_an_error() -> None:
    error = NotFoundError("There is no store x.", hint=Remedy(kind=RemedyKind.LIST_STORES))
    assert str(error) == "There is no store x."
    assert with_hint(error) == "There is no store x; see `crossdock stores list`."
    assert with_hint(NotFoundError("There is no store x.")) == "There is no store x."


def test_json_has_the_command_in_place_of_the_remedy() -> None:
    remedy = Remedy(kind=RemedyKind.PUBLISH_EVENTS)
    blocker = BlockerDetails(kind=BlockerKind.NEVER_PLACED, key="1", remedy=remedy, solution="s", reason="r")
    assert to_json([blocker]) == [
        {"kind": "never_placed", "key": "1", "command": "crossdock publish FILE", "solution": "s", "reason": "r"}
    ]
    assert list(to_json(blocker)) == ["kind", "key", "command", "solution", "reason"]
