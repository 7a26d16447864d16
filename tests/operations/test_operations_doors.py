"""Every operation is offered by both the command line and the API."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]

COMMAND_LINE_ONLY = {
    "operations.dead_letters.edit.read_body": "the API has show_message, which does it in one request",
    "operations.dead_letters.edit.look_at_body": "as above",
    "operations.dead_letters.edit.preview_edit": "the API has preview_correction",
    "operations.dead_letters.edit.edit": "the API has correct",
    "operations.dead_letters.lookup.list_letters": "the API has find_letters, without the counts of a page",
    "operations.orders.queries.system_message": "the API has show_system_message, whose words are the same",
    "operations.people.sign_in.make_link": "an administrator makes it at the machine",
    "operations.queue_events.known_stores": "a file's reader asks it for each line; the API has queue_events",
    "operations.reconciliation.latest_reconciliation": "reconcile runs for minutes: docs/api.md",
    "operations.restores.declare_restore": "no process runs meanwhile: docs/api.md",
    "operations.stores.only_store": "a default of the command line's",
}
API_ONLY = {
    "operations.dead_letters.correction.show_message": "the command line edits in steps",
    "operations.dead_letters.correction.preview_correction": "as above",
    "operations.dead_letters.correction.correct": "as above",
    "operations.dead_letters.lookup.find_letters": "the command line has list_letters",
    "operations.queue_events.queue_events": "the command line publishes to the broker itself",
    "operations.system_message.show_system_message": "the command line has system_message",
}


def _operations() -> Iterator[str]:
    """Yield the functions that take the context of operations first."""
    for path in (ROOT / "operations").rglob("*.py"):
        for node in ast.parse(path.read_text()).body:
            first = node.args.args[:1] if isinstance(node, ast.FunctionDef) else []
            if first and first[0].arg == "context" and not node.name.startswith("_"):  # type: ignore[attr-defined]
                yield f"{_module(path)}.{node.name}"  # type: ignore[attr-defined]


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def _used_by(folder: str) -> set[str]:
    """Return the operations that a door calls, by their modules' imports."""
    return {used for path in (ROOT / folder).rglob("*.py") for used in _used_in(ast.parse(path.read_text()))}


def _used_in(module: ast.Module) -> Iterator[str]:
    imported: dict[str, str] = {}
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("operations"):
            imported |= {name.asname or name.name: f"{node.module}.{name.name}" for name in node.names}
    yield from imported.values()
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in imported:
            yield f"{imported[node.value.id]}.{node.attr}"


def test_every_operation_is_in_the_command_line_and_in_the_api() -> None:
    known, by_command, by_api = set(_operations()), _used_by("cli"), _used_by("web/api")
    assert len(known) > 80
    assert (known & by_command) - by_api == COMMAND_LINE_ONLY.keys()
    assert (known & by_api) - by_command == API_ONLY.keys()
