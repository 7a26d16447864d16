"""Progress on a terminal, by rich: a count, or a bar with the time left. It is drawn on standard error."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn


@contextmanager
def draw_count(description: str) -> Iterator[Callable[[int], None]]:
    """Draw how many are done; gives a function to call with the count."""
    columns = (SpinnerColumn(), TextColumn("{task.description}: {task.completed:,.0f}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(description, total=None)
        yield lambda done: shown.update(task, completed=done)


@contextmanager
def draw_bar(description: str) -> Iterator[Callable[[int, int], None]]:
    """Draw how many of how many are done, and the time left; gives a function to call with both."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(description, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)
