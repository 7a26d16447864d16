"""Text of a store: its name, its marketplace, its order settings."""

from cli.command_line import to_json
from cli.terminal.output import print_facts, print_json, say
from schemas.store import Store


def print_store(store: Store, *, as_json: bool) -> None:
    """Print the store, or its JSON."""
    document = to_json(store)
    if as_json:
        print_json(document)
        return
    say(f"Store {store.store_id}")
    print_facts(
        {name: document[name] for name in ("name", "marketplace_id", "seller", "integrated_at")} | document["settings"]
    )
