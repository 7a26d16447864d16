"""TLS to the database: a server on another machine is not spoken to in clear text unless the settings say so."""

from collections.abc import Mapping
from typing import Any

from psycopg.pq import Conninfo

from schemas.hosts import is_this_machine

_FALLS_BACK = ("allow", "prefer")
"""The modes of libpq, among them its default, that end in clear text in silence when the server offers no TLS."""


def require_encryption(arguments: Mapping[str, Any], host: str | None, *, allow_unencrypted: bool) -> dict[str, Any]:
    """Return connection arguments that require TLS from a server on another machine.

    They are unchanged if its `sslmode` is stricter, or is `disable`, which is explicit.
    """
    options = {option.keyword.decode(): (option.val or b"").decode() for option in Conninfo.get_defaults()}
    options |= {"host": host or options["host"], **arguments}
    hosts = str(options["hostaddr"] or options["host"]).split(",")
    if allow_unencrypted or options["sslmode"] not in _FALLS_BACK or all(map(is_this_machine, hosts)):
        return dict(arguments)
    return {**arguments, "sslmode": "require"}
