"""Remedies as commands that a person can paste into a shell, with listings of any name."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from schemas.blockers import Remedy, RemedyKind
from schemas.errors import CrossdockError

Params = Mapping[str, str]


def command_line(words: str, *values: str, options: Sequence[str] = ()) -> str:
    """Return a command of ours, quoted for a shell.

    Where a value looks like an option, all values come after `--`.
    """
    arguments = [*options, "--", *values] if any(value.startswith("-") for value in values) else [*values, *options]
    return " ".join(filter(None, ("crossdock", words, shlex.join(arguments))))


def _of_order(words: str, *options: str) -> Callable[[Params], str]:
    return lambda of: command_line(words, of["amazon_order_id"], options=("--store", of["store_id"], *options))


_COMMANDS: dict[RemedyKind, Callable[[Params], str]] = {
    RemedyKind.MATCH_LISTING: lambda of: command_line("products match", of["store_id"], of["seller_sku"], "SKU"),
    RemedyKind.ENABLE_PRODUCT: lambda of: command_line("products set", of["sku"], options=("--enable",)),
    RemedyKind.SET_QUANTITY: lambda of: command_line("products set", of["sku"], options=("--quantity", "N")),
    RemedyKind.EDIT_ADDRESS: _of_order("orders edit-address"),
    RemedyKind.ACCEPT_TOTAL: _of_order("orders accept-total", "--reason", "TEXT"),
    RemedyKind.STATE_TOTAL: _of_order("orders accept-total", "--total", "AMOUNT", "--reason", "TEXT"),
    RemedyKind.CANCEL_ORDER: _of_order("orders cancel", "--reason", "BuyerCanceled"),
    RemedyKind.DECLINE_CANCELLATION: _of_order("orders decline-cancel", "--reason", "TEXT"),
    RemedyKind.EXPLAIN_ORDER: _of_order("orders explain"),
    RemedyKind.PUBLISH_EVENTS: lambda _: command_line("publish", "FILE"),
    RemedyKind.ADD_STORE: lambda of: command_line("stores add", of["store_id"]),
    RemedyKind.CHANGE_STORE: lambda _: command_line("stores set"),
    RemedyKind.LIST_ORDERS: lambda _: command_line("orders list"),
    RemedyKind.LIST_PRODUCTS: lambda _: command_line("products list"),
    RemedyKind.LIST_STORES: lambda _: command_line("stores list"),
}

_LEADS = {RemedyKind.CHANGE_STORE: "change it with"}


def command_of(remedy: Remedy) -> str:
    """Return the command that carries a remedy out; words in capitals are for the person to fill in."""
    return _COMMANDS[remedy.kind](remedy.params)


def with_hint(error: CrossdockError) -> str:
    """Return an error's sentence, with the command that helps where it has one."""
    if error.hint is None:
        return str(error)
    lead = _LEADS.get(error.hint.kind, "see")
    return f"{str(error).removesuffix('.')}; {lead} `{command_of(error.hint)}`."


def to_json(shown: BaseModel | Sequence[BaseModel]) -> Any:
    """Return the answer of an operation as `--json` prints it: the model dumped, each `remedy` as its `command`."""
    if isinstance(shown, BaseModel):
        return _with_commands(shown.model_dump(mode="json", by_alias=True))
    return [to_json(model) for model in shown]


def _with_commands(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_commands(item) for item in value]
    if not isinstance(value, dict):
        return value
    return dict(_command(item) if name == "remedy" else (name, _with_commands(item)) for name, item in value.items())


def _command(remedy: Any) -> tuple[str, str]:
    return "command", command_of(Remedy.model_validate(remedy))
