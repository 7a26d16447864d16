"""Patches: replace or wrap parts of the product, in a process that was started for a fault."""

import functools
from collections.abc import Callable
from typing import Any

PointCallback = Callable[[str], None]


def patch(owner: object, **parts: Any) -> None:
    """Replace attributes of the owner. Raises AttributeError for a name that it does not have."""
    for name, part in parts.items():
        getattr(owner, name)
        setattr(owner, name, part)


def patch_around(
    owner: object,
    name: str,
    on_point: PointCallback,
    points: tuple[str, str],
    only_if: Callable[[Any], bool] = lambda _: True,
) -> None:
    """Report a point before and one after each call, the latter only for results that match. "" is no point."""
    original = getattr(owner, name)
    before, after = points

    @functools.wraps(original)
    def passing(*args: Any, **named: Any) -> Any:
        if before:
            on_point(before)
        result = original(*args, **named)
        if after and only_if(result):
            on_point(after)
        return result

    patch(owner, **{name: passing})
