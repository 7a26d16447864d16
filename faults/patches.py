"""Seams: putting something of a test's around or in place of a part of the product, in a process started for that."""

import functools
from collections.abc import Callable
from typing import Any

Pass = Callable[[str], None]


def put(owner: object, **parts: Any) -> None:
    """Put parts in place of the owner's own. Raises AttributeError for a name that the owner does not have."""
    for name, part in parts.items():
        getattr(owner, name)
        setattr(owner, name, part)


def around(
    owner: object, name: str, pass_by: Pass, points: tuple[str, str], only_if: Callable[[Any], bool] = lambda _: True
) -> None:
    """Have a point passed before and one after a call, the latter only for such results. "" is no point."""
    original = getattr(owner, name)
    before, after = points

    @functools.wraps(original)
    def passing(*args: Any, **named: Any) -> Any:
        if before:
            pass_by(before)
        result = original(*args, **named)
        if after and only_if(result):
            pass_by(after)
        return result

    put(owner, **{name: passing})
