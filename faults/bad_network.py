"""Nemeses of the network, in front of the broker and in front of the database."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from faults.context import TIMEOUT, Nemesis, Scene
from faults.proxy import FAIR, Proxy, Weather
from tests.servers.processes import wait_until


@contextmanager
def _during(proxy: Proxy, wanted: Weather) -> Iterator[None]:
    proxy.weather = wanted
    try:
        yield
    finally:
        proxy.weather = FAIR


def _proxies(scene: Scene) -> dict[str, Proxy]:
    return {"broker": scene.servers.broker_proxy, "database": scene.servers.database_proxy}


def lose_commits(scene: Scene) -> int:
    """Swallow answers to COMMIT: done or not, the product cannot know."""
    proxy = scene.servers.database_proxy
    before = proxy.counts["commits lost"]
    with _during(proxy, Weather(commits_to_lose=before + scene.random.randint(1, 5))):
        wait_until(lambda: proxy.counts["commits lost"] > before, seconds=TIMEOUT)
        time.sleep(1.0)
    return proxy.counts["commits lost"] - before


def weather(where: str, counted: str, seconds: tuple[float, float], wanted: Weather) -> Nemesis:
    def bring(scene: Scene) -> int:
        proxy = _proxies(scene)[where]
        before = proxy.counts[counted]
        with _during(proxy, wanted):
            wait_until(lambda: proxy.counts[counted] > before, seconds=TIMEOUT)
            time.sleep(scene.random.uniform(*seconds))
        if "swallowed" in counted:
            proxy.cut()  # what was swallowed is missing for good: no connection goes on after a hole in its bytes
        return proxy.counts[counted] - before

    return bring


def cut(where: str) -> Nemesis:
    def bring(scene: Scene) -> int:
        cuts = 0

        def try_it() -> bool:
            nonlocal cuts
            cuts += _proxies(scene)[where].cut()
            return cuts > 0

        wait_until(try_it, seconds=TIMEOUT)
        return cuts

    return bring


def refuse(where: str) -> Nemesis:
    def bring(scene: Scene) -> int:
        proxy = _proxies(scene)[where]
        before = proxy.counts["connections refused"]
        with _during(proxy, Weather(refused=True)):
            proxy.cut()
            wait_until(lambda: proxy.counts["connections refused"] > before, seconds=TIMEOUT)
            time.sleep(scene.random.uniform(1.0, 4.0))
        return proxy.counts["connections refused"] - before

    return bring
