"""The folders of the product beside `crossdock`, which is the command and the version."""

FOLDERS = (
    "cli",
    "events",
    "gateways",
    "handlers",
    "intake",
    "ledger",
    "operations",
    "pipeline",
    "schemas",
    "web",
    "workers",
)
