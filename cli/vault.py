"""crossdock vault: keys of personal data, the public key for upstream systems, and who looked at personal data."""

import typer

from cli.command_line import to_json
from cli.options.paging import After, Limit, note_next
from cli.terminal.output import AsJson, bar, counted, note, print_json, print_table, say
from cli.views.letters import print_audit
from operations.personal_data import keys as vault
from operations.personal_data.looks import list_looks
from workers.process.bootstrap import opened_context

app = typer.Typer(help="Keys of personal data, and looks at it.", no_args_is_help=True)


@app.command()
def keys(as_json: AsJson = False) -> None:
    """Show which of the vault's keys are still needed.

    Ends with 1 if data needs a key that is not given. It reads all encrypted rows.
    """
    with opened_context() as context:
        vault_keys = vault.vault_keys(context.ledger)
    if as_json:
        print_json(to_json(vault_keys))
    else:
        print_table(("KEY", "GIVEN", "NEEDED BY"), [(key.key_id, _given(key), _needed_by(key)) for key in vault_keys])
    if any(not key.given for key in vault_keys):
        raise typer.Exit(1)


def _given(key: vault.VaultKey) -> str:
    return "first: encrypts" if key.first else "yes" if key.given else "no"


def _needed_by(key: vault.VaultKey) -> str:
    rows = ", ".join(f"{count:,} in {table}" for table, count in sorted(key.rows.items()))
    return rows or ("new data" if key.first else "nothing: it can be destroyed")


@app.command()
def rewrap(as_json: AsJson = False) -> None:
    """Convert all data to the vault's first key.

    The others can be destroyed then. It can be interrupted and repeated, and runs beside everything else. Ends with 1
    if no given key decrypts some rows.
    """
    with opened_context() as context:
        total = sum(sum(key.rows.values()) for key in vault.vault_keys(context.ledger) if not key.first)
        with bar("Rows") as show:
            result = vault.rewrap(context.ledger, lambda converted: show(converted, max(total, converted)))
    if as_json:
        print_json(to_json(result))
    else:
        say(f"{counted(result.converted, 'row')} converted. `crossdock vault keys` shows which keys are still needed.")
        if result.unreadable:
            note(f"No given key decrypts {counted(result.unreadable, 'row')}; `crossdock vault keys` names the keys.")
    if result.unreadable:
        raise typer.Exit(1)


@app.command("public-key")
def public_key() -> None:
    """Print the public key for upstream systems, a JWK.

    They encrypt personal data with it. The key changes with the vault's first key; data that was encrypted for an
    old one is read as long as that is given.
    """
    with opened_context() as context:
        print_json(vault.public_key(context.ledger))


@app.command()
def audit(limit: Limit = 100, after: After = None, as_json: AsJson = False) -> None:
    """Show who looked at personal data, of which order, and when."""
    with opened_context() as context:
        looks = list_looks(context, limit, after)
    if as_json:
        print_json(to_json(looks.rows))
    else:
        print_audit(looks.rows)
    note_next(looks.next)
