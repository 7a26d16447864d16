"""Nemeses of the network before the broker and before the database."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from faults.context import TIMEOUT, Context, Nemesis
from faults.proxy import NORMAL, NetworkConditions, Proxy
from tests.servers.processes import wait_until


@contextmanager
def _during(proxy: Proxy, conditions: NetworkConditions) -> Iterator[None]:
    proxy.conditions = conditions
    try:
        yield
    finally:
        proxy.conditions = NORMAL


def _proxies(context: Context) -> dict[str, Proxy]:
    return {"broker": context.servers.broker_proxy, "database": context.servers.database_proxy}


def lose_commits(context: Context) -> int:
    """Swallow answers to COMMIT, so that the product cannot know whether it committed."""
    proxy = context.servers.database_proxy
    before = proxy.counts["commits lost"]
    with _during(proxy, NetworkConditions(commits_to_lose=before + context.random.randint(1, 5))):
        wait_until(lambda: proxy.counts["commits lost"] > before, seconds=TIMEOUT)
        time.sleep(1.0)
    return proxy.counts["commits lost"] - before


def degrade(where: str, counted: str, seconds: tuple[float, float], conditions: NetworkConditions) -> Nemesis:
    def inject(context: Context) -> int:
        proxy = _proxies(context)[where]
        before = proxy.counts[counted]
        with _during(proxy, conditions):
            wait_until(lambda: proxy.counts[counted] > before, seconds=TIMEOUT)
            time.sleep(context.random.uniform(*seconds))
        if "swallowed" in counted:
            proxy.cut()  # without the swallowed bytes no connection can continue
        return proxy.counts[counted] - before

    return inject


def cut(where: str) -> Nemesis:
    def inject(context: Context) -> int:
        cuts = 0

        def cut_once() -> bool:
            nonlocal cuts
            cuts += _proxies(context)[where].cut()
            return cuts > 0

        wait_until(cut_once, seconds=TIMEOUT)
        return cuts

    return inject


def refuse(where: str) -> Nemesis:
    def inject(context: Context) -> int:
        proxy = _proxies(context)[where]
        before = proxy.counts["connections refused"]
        with _during(proxy, NetworkConditions(refused=True)):
            proxy.cut()
            wait_until(lambda: proxy.counts["connections refused"] > before, seconds=TIMEOUT)
            time.sleep(context.random.uniform(1.0, 4.0))
        return proxy.counts["connections refused"] - before

    return inject
