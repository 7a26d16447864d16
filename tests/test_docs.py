"""The documentation agrees with the code: every event and field, every setting, every command, every link."""

import json
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator
from pydantic import BaseModel
from typer.main import get_command

from cli.app import app
from cli.command_line import to_json
from events.asyncapi import data_schemas
from events.envelope import decode
from events.registry import CONSUMERS, PAYLOADS
from events.topology import DELIVERY_LIMIT
from faults.poison import MAKERS
from handlers.rules.blockers import never_placed
from operations.orders.details import blocker_of
from operations.replays.pace_rules import STEP
from pipeline.delayed_retry import FIRST_DELAY
from schemas.amazon_report import Item
from schemas.blockers import BlockerKind, Cause
from schemas.instructions import (
    ItemInstructions,
    OrderInstructions,
    PersonalInstructions,
    PersonalItemInstructions,
)
from schemas.message import Message
from schemas.money import Money
from schemas.order import CANCEL_REASONS, CommerceOrder, ParcelItem
from schemas.payloads import Payload
from schemas.personal import Address, Buyer
from schemas.settings import PREFIX, Settings
from schemas.status import AmazonStatus
from tests.faults.test_short_trial import CRASHES, FAULTS
from workers.consumer import CONFIRM_TIMEOUT
from workers.poison_messages import DEATHS, SUSPECT
from workers.process.supervisor import GRACE
from workers.process.time_limit import HUNG
from workers.replayer import LEASE

ROOT = Path(__file__).parent.parent
PAGES = {
    str(path.relative_to(ROOT)): path.read_text()
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))
}
EVENTS = PAGES["docs/events.md"]
SHAPES: dict[str, type[BaseModel]] = {
    "Money": Money,
    "Item": Item,
    "Buyer": Buyer,
    "Address": Address,
    "Instructions": OrderInstructions,
    "Item instructions": ItemInstructions,
    "Personal instructions": PersonalInstructions,
    "Personal item instructions": PersonalItemInstructions,
    "Parcel item": ParcelItem,
    "Commerce order": CommerceOrder,
    "Cause": Cause,
}


def _sections(page: str) -> dict[str, str]:
    """Return the text under each third-level heading, by the heading without its code marks."""
    parts = re.split(r"^### (.+)$", page, flags=re.MULTILINE)
    return {
        title.strip("`"): re.split(r"^## ", text, flags=re.MULTILINE)[0]
        for title, text in zip(parts[1::2], parts[2::2], strict=True)
    }


def _rows(text: str) -> list[list[str]]:
    """Return the cells of every table row that begins with a name in code marks."""
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| `")
    ]


def _documented_fields(section: str) -> dict[str, bool]:
    return {row[0].strip("`"): row[1] == "yes" for row in _rows(section)}


def _fields(model: type[BaseModel]) -> dict[str, bool]:
    return {name: field.is_required() for name, field in model.model_fields.items()}


def _json_blocks(text: str) -> list[str]:
    return re.findall(r"```json\n(.*?)```", text, flags=re.DOTALL)


SECTIONS = _sections(EVENTS)


def test_the_page_of_events_names_every_event_and_nothing_else() -> None:
    assert set(SECTIONS) - set(SHAPES) - {"Statuses"} == set(PAYLOADS)


@pytest.mark.parametrize(("name", "model"), [*PAYLOADS.items(), *SHAPES.items()])
def test_every_field_is_documented_with_whether_it_is_required(name: str, model: type[BaseModel]) -> None:
    assert _documented_fields(SECTIONS[name]) == _fields(model)


@pytest.mark.parametrize("name", PAYLOADS)
def test_the_consumer_of_an_event_is_documented(name: str) -> None:
    consumers = [consumer for consumer, event in CONSUMERS.items() if event == name]
    text = " ".join(SECTIONS[name].split())
    assert "Published by" in text
    assert re.findall(r"Consumed by `([a-z-]+)`", text) == consumers
    assert ("Not consumed by Crossdock" in text) == (not consumers)


@cache
def _schemas() -> dict[str, dict[str, Any]]:
    """Return the JSON schema of each event's data."""
    return data_schemas()


@pytest.mark.parametrize(("name", "model"), PAYLOADS.items())
def test_the_example_of_an_event_is_one(name: str, model: type[Payload]) -> None:
    (example,) = _json_blocks(SECTIONS[name])
    assert not model.model_validate_json(example).model_extra
    Draft202012Validator(_schemas()[name]).validate(json.loads(example))


@pytest.mark.parametrize("name", PAYLOADS)
def test_an_event_mentions_no_event_that_does_not_exist(name: str) -> None:
    text = SECTIONS[name]
    named = set(re.findall(r"`([a-z]+\.[a-z_]+)`", text))
    assert named <= set(PAYLOADS)


def test_the_envelope_that_is_shown_can_be_opened() -> None:
    shown = _json_blocks(EVENTS.split("## Upstream events")[0])
    opened = [decode(Message("1", "shown", body.encode())) for body in shown]
    assert [event.name for event in opened] == ["order.status_changed"]


def test_closed_lists_of_words_are_documented_in_full() -> None:
    assert re.findall(r"`(\w+)`", _rows(SECTIONS["cancel.requested"])[-1][2]) == list(CANCEL_REASONS)
    assert re.findall(r"`(\w+)`", _rows(SECTIONS["Cause"])[0][2]) == list(BlockerKind)
    assert re.findall(r"`(\w+)`", SECTIONS["Statuses"])[: len(AmazonStatus)] == list(AmazonStatus)


def _default(name: str) -> str:
    value = Settings.model_fields[name].default
    return str(value.get_secret_value() if hasattr(value, "get_secret_value") else value)


def test_every_setting_stands_in_the_table_with_its_default() -> None:
    table = {
        row[0].strip("`"): row[1].strip("`")
        for row in _rows(PAGES["docs/operations.md"])
        if row[0].startswith(f"`{PREFIX}") and "TEST" not in row[0]
    }
    settings = {PREFIX + name.upper(): _default(name) for name in Settings.model_fields}
    assert table == {name: "none" if default == "None" else default for name, default in settings.items()}


@cache
def _known_variables() -> set[str]:
    """Return our settings, and the variables that the container set-up and the tests' servers read."""
    sources = [ROOT / "compose.yaml", *(ROOT / "tests").rglob("*.py")]
    read = {name for path in sources for name in re.findall(r"CROSSDOCK_[A-Z_]*[A-Z]", path.read_text())}
    return read | {PREFIX + name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_names_no_variable_that_nothing_reads(page: str) -> None:
    assert set(re.findall(r"CROSSDOCK_[A-Z_]*[A-Z]", PAGES[page])) <= _known_variables()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_links_to_files_and_headings_that_exist(page: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", PAGES[page])
    for file, heading in links:
        target = (ROOT / page).parent / file if file else ROOT / page
        assert target.exists(), f"{page} links to {file}"
        assert not heading or heading in _anchors(target.read_text()), f"{page} links to {file}#{heading}"


def _anchors(page: str) -> set[str]:
    """Return the anchors that a page's headings get: lower case, no punctuation, hyphens for spaces."""
    titles = re.findall(r"^#+ (.+)$", page, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_names_no_python_file_that_does_not_exist(page: str) -> None:
    named = set(re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.py)`", PAGES[page]))
    assert {name for name in named if not (ROOT / name).exists()} <= NEW_FILES


NEW_FILES = {"handlers/thank_buyer.py", "tests/handlers/test_thank_buyer.py"}
"""The files that CONTRIBUTING.md's example adds."""


def test_the_locks_are_renewed_with_the_groups_that_exist() -> None:
    groups = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"])
    assert set(re.findall(r"--group (\w+)", PAGES["CONTRIBUTING.md"])) == groups


def test_the_pages_state_after_how_many_deaths_a_message_counts_as_the_killer() -> None:
    deaths = {5: "five"}[SUSPECT + DEATHS]
    for name in ("architecture", "operations", "reliability"):
        page = " ".join(PAGES[f"docs/{name}.md"].split()).lower()
        assert f"after {deaths} deaths" in page, name
        assert "`crash`" in page, name
    assert f"after {DELIVERY_LIMIT} deliveries" in PAGES["docs/architecture.md"]


NUMBERS = {6: "six", 9: "nine", 10: "ten"}
FIGURES = {
    "docs/operations.md": [
        f"waits {GRACE:g} seconds for its processes",
        f"ends itself with {HUNG} ",
        f"all {NUMBERS[len(CONSUMERS)]} consumers in one process",
        f"The consumers: {', '.join(f'`{name}`' for name in CONSUMERS)}.",
    ],
    "docs/architecture.md": [f"grows from {FIRST_DELAY:g} seconds to an hour, and is never given up"],
    "docs/dead-letters.md": [
        f"after {LEASE.seconds} seconds another may take over",
        f"then {STEP}, {STEP**2}, and so on",
    ],
    "docs/reliability.md": [
        f"poison of {len(MAKERS)} kinds",
        f"with {NUMBERS[len(FAULTS)]} faults and {NUMBERS[len(CRASHES)]} crash points",
        f"within the {CONFIRM_TIMEOUT:g} seconds that a broker may take to confirm",
    ],
}
"""Limits and counts, in the words of the pages."""


@pytest.mark.parametrize("page", FIGURES)
def test_a_page_states_the_limits_and_counts_that_the_code_has(page: str) -> None:
    text_of_page = " ".join(PAGES[page].split())
    assert [words for words in FIGURES[page] if words not in text_of_page] == []


def _leaves(command: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], set[str]]:
    """Return every command by its words, with the options it takes; a group that does something alone is one, too."""
    inner = getattr(command, "commands", {})
    leaves = {leaf: options for name in inner for leaf, options in _leaves(inner[name], (*path, name)).items()}
    if path and (not inner or command.invoke_without_command):
        options = {option for param in command.params for option in (*param.opts, *param.secondary_opts)}
        leaves[path] = options | {"--help"}
    return leaves


COMMANDS = _leaves(get_command(app))


def _commands_written(page: str) -> list[list[str]]:
    """Return the words after `crossdock` of every command in code marks or at the beginning of a line of code."""
    spans = re.findall(r"`crossdock ([a-z][^`]*)`", PAGES[page])
    lines = re.findall(r"^(?:\$ )?(?:\./run )?crossdock ([a-z][^#\n]*)", PAGES[page], flags=re.MULTILINE)
    return [written.split() for written in spans + lines]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_shows_only_commands_and_options_that_exist(page: str) -> None:
    for words in _commands_written(page):
        paths = sorted((path for path in COMMANDS if path == tuple(words[: len(path)])), key=len, reverse=True)
        groups = [path for path in COMMANDS if path[: len(words)] == tuple(words)]
        assert paths or groups, f"{page} shows crossdock {' '.join(words)}"
        options = {word.partition("=")[0] for word in words if word.startswith("--")}
        assert not paths or options <= COMMANDS[paths[0]], f"{page} shows crossdock {' '.join(words)}"


def test_the_readme_lists_every_command() -> None:
    listed: set[tuple[str, ...]] = set()
    for row in _rows(PAGES["README.md"].split("## Commands")[1]):
        first, *others = [tuple(span.removeprefix("crossdock ").split()) for span in re.findall(r"`([^`]+)`", row[0])]
        listed |= {_without_arguments(words) for words in (first, *((*first[:-1], *words) for words in others))}
    assert listed == set(COMMANDS)


def _without_arguments(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in words if word.islower())


def test_tables_are_shown_with_the_heads_that_commands_give_them() -> None:
    heads = [head for page in PAGES.values() for head in re.findall(r"^ (\S.+)\n ─+$", page, flags=re.MULTILINE)]
    code = "".join(path.read_text() for path in (ROOT / "cli").rglob("*.py"))
    shown = to_json(blocker_of(never_placed("111-2222222-3333333")))
    blocked_on = [name.upper() for name in shown if name != "reason"]
    assert blocked_on in [re.split(" {3,}", head) for head in heads]
    for columns in (re.split(" {3,}", head) for head in heads):
        assert columns == blocked_on or ", ".join(f'"{column}"' for column in columns) in code, columns


def test_json_on_every_page_is_json() -> None:
    blocks = [block for page in PAGES.values() for block in _json_blocks(page)]
    assert all(json.loads(block) for block in blocks)
