"""crossdock doctor: checks that every part is set up and running."""

import typer

from cli.command_line import to_json
from cli.terminal.output import AsJson, print_json, print_table
from schemas.settings import read_settings
from workers.doctor import diagnose
from workers.process.logs import set_up_logs


def doctor(as_json: AsJson = False) -> None:
    """Check that every part is set up and running.

    Checks the database, the outbox, the scheduler, the broker and the consumers of each queue, and states a
    remedy for each failure. Ends with 1 if any check fails.
    """
    # An unavailable broker is a finding; the connection's log would repeat it.
    set_up_logs("error")
    diagnosis = diagnose(read_settings())
    if as_json:
        print_json(to_json(diagnosis))
    else:
        rows = [(finding.subject, "ok" if finding.ok else "failing", finding.details) for finding in diagnosis.findings]
        print_table(("PART", "STATE", "DETAILS"), rows)
    if not all(finding.ok for finding in diagnosis.findings):
        raise typer.Exit(1)
