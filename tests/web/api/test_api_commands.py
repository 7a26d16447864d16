"""Every command has its operation in the API, and the exceptions are named."""

import re
from pathlib import Path
from typing import Any

from typer.main import get_command

from cli.app import app
from tests.web.applications import openapi

PAGE = Path(__file__).parents[3] / "docs/api.md"

OPERATIONS = {
    "publish": "publishEvents",
    "backfills start": "startBackfill",
    "backfills list": "listBackfills",
    "backfills show": "showBackfill",
    "backfills pause": "pauseBackfill",
    "backfills resume": "resumeBackfill",
    "orders list": "listOrders",
    "orders views list": "listOrderViews",
    "orders views save": "saveOrderView",
    "orders views delete": "removeOrderView",
    "orders show": "showOrder",
    "orders history": "showOrderHistory",
    "orders timeline": "showOrderTimeline",
    "orders personal-data": "showPersonalData",
    "orders explain": "explainOrder",
    "orders import": "importOrder",
    "orders cancel": "cancelOrder",
    "orders accept-total": "acceptTotal",
    "orders decline-cancel": "declineCancellation",
    "orders reset-facts": "resetFacts",
    "orders edit-address": "editAddress",
    "dead-letters edit": "editDeadLetter",
    "dead-letters discard": "discardDeadLetters",
    "dead-letters list": "listDeadLetters",
    "dead-letters causes": "listDeadLetterCauses",
    "dead-letters show": "showDeadLetter",
    "dead-letters audit": "listAudit",
    "dead-letters replay": "startReplay",
    "dead-letters replays list": "listReplays",
    "dead-letters replays show": "showReplay",
    "dead-letters replays pause": "pauseReplay",
    "dead-letters replays resume": "resumeReplay",
    "dead-letters replays abort": "abortReplay",
    "communication-errors list": "listCommunicationErrors",
    "products list": "listProducts",
    "products import": "importProducts",
    "products set": "setProduct",
    "products match": "matchListing",
    "products matches": "listMatches",
    "products unmatched": "listUnmatchedListings",
    "products unmatch": "unmatchListing",
    "products create": "createProductOfListing",
    "stores list": "listStores",
    "stores waiting": "listUnknownStores",
    "stores show": "showStore",
    "stores settings": "showOrderSettings",
    "stores dashboard": "showDashboard",
    "stores cards": "listStoreCards",
    "pipeline": "showPipeline",
    "stores add": "addStore",
    "stores set": "changeStore",
    "users add": "addUser",
    "users list": "listUsers",
    "users set-role": "setRole",
    "users set-password": "setPassword",
    "users disable": "disableUser",
    "users enable": "enableUser",
    "tokens create": "createToken",
    "tokens list": "listTokens",
    "tokens revoke": "revokeToken",
    "publishers list": "listPublishers",
    "publishers set": "setPublisher",
    "publishers remove": "removePublisher",
    "publishers token": "makePublisherToken",
    "publishers revoke-tokens": "revokePublisherTokens",
    "read-only show": "showReadOnly",
    "read-only on": "switchReadOnlyOn",
    "read-only release": "releaseReadOnly",
    "vault keys": "listVaultKeys",
    "vault public-key": "showPublicKey",
    "vault audit": "listLooks",
    "topology check": "checkTopology",
    "config check": "showSettings",
    "sync": "sync",
    "doctor": "showDiagnosis",
    "schema export": "showEventSchemas",
}
"""The operation with the effect of a command; several where one command has several."""


def commands(group: Any, words: tuple[str, ...] = ()) -> set[str]:
    """Return all commands, without their arguments."""
    if not hasattr(group, "commands"):
        return {" ".join(words)}
    return {name for word, command in dict(group.commands).items() for name in commands(command, (*words, word))}


def test_each_command_has_an_operation_or_a_reason_on_the_page_why_not() -> None:
    without = commands(get_command(app)) - OPERATIONS.keys()
    table = PAGE.read_text().split("## What only the command line does")[1]
    assert {name for name in without if not any(f"`{part}`" in table for part in (name, name.split()[0]))} == set()


def test_each_operation_that_a_command_is_exists() -> None:
    paths = openapi()["paths"].values()
    ids = {operation["operationId"] for path in paths for operation in path.values()}
    assert set(OPERATIONS.values()) - ids == set()


OTHERWISE = {
    "exportOrders": "orders list --csv",
    "searchOrdersByBuyer": "orders list --buyer",
    "listListings": "products list --listings",
    "matchAutomatically": "products match --automatic",
    "planReplay": "dead-letters replay --dry-run",
    "followReplay": "dead-letters replays resume",
    "showReplayProgress": "dead-letters replays show",
    "listReplayedLetters": "dead-letters replays show",
    "previewDiscard": "dead-letters discard",
    "previewEdit": "dead-letters edit",
    "showDeadLetterMessage": "dead-letters edit --editor",
    "showSystemMessage": "orders list",
    "listAccounts": "topology permissions",
}
"""Further operations, and the command that does the same as a part of more, or by an option."""

OF_PROGRAMS = frozenset({"showMe"})
"""An operation of the API alone: the person for whom a token stands."""


def test_each_operation_is_a_command_or_a_part_of_one() -> None:
    paths = openapi()["paths"].values()
    ids = {operation["operationId"] for path in paths for operation in path.values()}
    assert ids - set(OPERATIONS.values()) - OTHERWISE.keys() == OF_PROGRAMS
    for words in OTHERWISE.values():
        name, _, option = words.partition(" --")
        assert name in commands(get_command(app)), name
        assert not option or f"--{option}" in _options(name), words


def _options(name: str) -> set[str]:
    command: Any = get_command(app)
    for word in name.split():
        command = command.commands[word]
    return {option for parameter in command.params for option in parameter.opts}


def test_the_page_calls_only_what_exists() -> None:
    written = re.findall(r"curl (.*?)\$api(/[^\s\"?]*)", PAGE.read_text().replace("\\\n", " "), flags=re.DOTALL)
    called = {(_method(options), re.sub(r"111-2222222-3333333|REPLAY", "ID", path)) for options, path in written}
    known = {
        (method.upper(), re.sub(r"{\w+}", "ID", path.removeprefix("/api/v1")))
        for path, methods in openapi()["paths"].items()
        for method in methods
    }
    assert len(called) > 10
    assert called - known == set()


def _method(options: str) -> str:
    if named := re.search(r"-X (\w+)", options):
        return named[1]
    return "POST" if "--json" in options or "--data-binary" in options else "GET"
