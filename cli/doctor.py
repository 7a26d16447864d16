"""`crossdock doctor`: whether everything is there and at work."""

import typer

from cli.terminal.output import AsJson, print_json, print_table
from schemas.settings import read_settings
from workers.doctor import examine
from workers.process.logs import set_up_logs


def doctor(as_json: AsJson = False) -> None:
    """Tell of each part whether it is well, and what to do if not.

    Looks at the database, the outbox, the clock, the broker, and at who takes from each queue. Ends with 1 if anything
    is not well.
    """
    # A broker that is away is a finding; the connection's log would say it a second time.
    set_up_logs("error")
    findings = list(examine(read_settings()))
    if as_json:
        print_json({"findings": [finding._asdict() for finding in findings]})
    else:
        rows = [(finding.subject, "ok" if finding.ok else "failing", finding.says) for finding in findings]
        print_table(("PART", "STATE", "HOW IT IS"), rows)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)
