"""The page docs/architecture.md follows an event through the code; here the code follows the page."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from types import FrameType

from tests.builders import changed, placed
from tests.harness import event_of, message_of
from tests.tree import FOLDERS
from workers.consumer import Consumer
from workers.process.parts import Parts

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/architecture.md").read_text()
FILES_AT_MOST = 9


def walk() -> list[str]:
    """Return the files of the page's walk, in order; each row links its file."""
    return [
        path
        for path, target in re.findall(r"^\| \d+ \| \[`(.+?)`\]\((.+?)\)", PAGE, re.MULTILINE)
        if target == f"../{path}"
    ]


def left_out() -> list[str]:
    """Return the files and folders that the page leaves out."""
    _, table = PAGE.split("| left out | why |", 1)
    rows = re.findall(r"^\| (`.+?) \|", table.split("\n\n", 1)[0], re.MULTILINE)
    return [path for row in rows for path in re.findall(r"`(.+?)`", row)]


@contextmanager
def entered_files() -> Iterator[list[str]]:
    """Collect our files, in the order in which this thread calls a function of each for the first time."""
    files: dict[str, None] = {}
    root = f"{ROOT}/"

    def note(frame: FrameType, kind: str, _: object) -> None:
        path = frame.f_code.co_filename
        if kind == "call" and path.startswith(root):
            files[path.removeprefix(root)] = None

    entered: list[str] = []
    sys.setprofile(note)
    try:
        yield entered
    finally:
        sys.setprofile(None)
        entered += [path for path in files if path.split("/")[0] in FOLDERS]


def handle_a_status_change(parts: Parts) -> list[str]:
    """Have the consumer handle a change of status; return the files it enters from delivery to acknowledgement."""
    consumer = Consumer(parts.processor("status-changed"), parts.bus, 100, 300)
    # The first order builds the objects of a process: the reader of events, the statements, the follow-up's head.
    for order_id in ("999-0000009-0000009", "999-0000001-0000001"):
        of = {"amazon_order_id": order_id}
        parts.processor("order-placed").take([message_of(event_of(placed(**of)), "order.placed")])
        parts.bus.publish([message_of(event_of(changed("Unshipped", 2, **of)), "order.status_changed")]).wait(1.0)
        with entered_files() as entered:
            while consumer.turn(Event()):
                pass
    assert parts.bus.message_count("importer") == 2, "the follow-ups are published"
    consumer.close()
    assert parts.bus.message_count("status-changed") == 0, "the delivery is acknowledged"
    return entered


def _is_left_out(path: str) -> bool:
    return any(path == name or (name.endswith("/") and path.startswith(name)) for name in left_out())


def test_a_status_change_enters_the_files_of_the_page_in_their_order(parts: Parts) -> None:
    entered = handle_a_status_change(parts)
    assert [path for path in entered if path in walk() or not _is_left_out(path)] == walk()


def test_every_file_that_the_page_leaves_out_is_entered(parts: Parts) -> None:
    entered = handle_a_status_change(parts)
    assert [name for name in left_out() if not any(path.startswith(name) for path in entered)] == []


def test_the_walk_has_at_most_nine_files_each_linked_once() -> None:
    rows = re.findall(r"^\| \d+ \| ", PAGE, re.MULTILINE)
    assert len(rows) == len(walk()) == len(set(walk())) <= FILES_AT_MOST


def test_every_link_of_the_page_leads_to_a_file() -> None:
    links = [link for link in re.findall(r"\]\((.+?)\)", PAGE) if "://" not in link]
    assert [link for link in links if not (ROOT / "docs" / link.split("#")[0]).exists()] == []
