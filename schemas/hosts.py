"""Hosts: which are this machine, to which nothing has to be encrypted."""

from ipaddress import ip_address


def is_this_machine(host: str) -> bool:
    """Return whether a host is this machine: a Unix socket, or a loopback address."""
    name = host.strip().lower()
    if name in ("", "localhost") or name.startswith(("/", "@")):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
