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


@pytest.mark.parametrize(
    "words", ["orders list", "orders --help", "products list", "stores list", "dead-letters list", "dead-letters audit"]
)
def test_a_list_on_a_database_file_imports_no_client_of_a_server(tmp_path: Path, words: str) -> None:
    _imported("migrate", tmp_path)
    allowed = {"pika"} if words.startswith("dead-letters") else set()
    assert _imported(words, tmp_path) & (SERVERS | TERMINAL) - allowed == set()


@pytest.mark.parametrize(
    "commands",
    [LazyCommands({}, module.COMMANDS) for module in (app, dead_letters, orders, products, replays, stores)],
    ids=["crossdock", "dead-letters", "orders", "products", "replays", "stores"],
)
def test_a_list_of_commands_has_the_sentence_of_each_command_itself(commands: LazyCommands) -> None:
    listed = {name: command.help for name, command in commands.listed().items()}
    assert listed == {name: commands[name].help.partition("\n\n")[0] for name in commands}
