"""A later version: this code with two more migrations, which its processes need and those of this version do not know.

One adds to tables that each batch writes, the other makes an index of one beside those writes.
"""

import shutil
from pathlib import Path

import crossdock
from faults.patches import patch
from ledger.database import schema_version

LATER = "CROSSDOCK_TEST_LATER_VERSION"
"""Environment variable: the folder of a later version's migrations."""

ADDITION = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on, additive = "{version}", "{before}", None, None, True


def upgrade():
    for table in ("orders", "inbox", "outbox"):
        op.add_column(table, sa.Column("later_{version}", sa.Text))
    op.create_table("later_{version}", sa.Column("id", sa.BigInteger, primary_key=True))
"""

INDEX = """
from ledger.database.indexing import create_index_beside_writers

revision, down_revision, branch_labels, depends_on, additive = "{version}", "{before}", None, None, True


def upgrade():
    create_index_beside_writers("ix_later_{before}", "orders", ["later_{before}"])
"""


def write_later_version(parent: Path) -> Path:
    """Write the migrations of a version that is later than those of this folder's; return their folder in it."""
    parent.mkdir(exist_ok=True)
    number = len(list(parent.iterdir())) + 1
    folder = parent / str(number)
    source = parent / str(number - 1) if number > 1 else schema_version.MIGRATIONS
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("__pycache__"))
    before = tables_of(folder)
    for position, text in enumerate((ADDITION, INDEX)):
        version = f"9{number:02}{position}"
        (folder / "versions" / f"{version}_later.py").write_text(text.format(version=version, before=before))
        before = version
    return folder


def tables_of(folder: Path) -> str:
    """Return the version of the tables to which these migrations lead."""
    return max(path.name.partition("_")[0] for path in (folder / "versions").glob("[0-9]*.py"))


def become_later(folder: Path) -> None:
    """Make this process one of the later version."""
    from ledger.database import migrate  # noqa: PLC0415 - alembic costs 0.3 s, and only a later version needs it

    patch(schema_version, MIGRATIONS=folder)
    patch(migrate, MIGRATIONS=folder)
    patch(crossdock, __version__=schema_version.versions()[-1])
