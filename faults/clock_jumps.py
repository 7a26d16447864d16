"""The fault of wrong clocks. It lies apart from them because each process of a trial imports those."""

import time

from faults.clocks import HOUR, Clocks
from faults.context import TIMEOUT, Context
from tests.servers.processes import wait_until


def jump_clocks(context: Context) -> int:
    """Set the clocks of half the processes an hour forward or back for a while, and wait until one is read."""
    clocks = Clocks(context.servers.run / "clocks")
    running = [str(member.process.pid) for member in context.fleet.members if member.process and member.alive]
    wrong = context.random.sample(running, len(running) // 2)
    before = clocks.read_count()
    for who in wrong:
        clocks.set_offset(context.random.choice((-HOUR, HOUR)), who)
    wait_until(lambda: clocks.read_count() > before, seconds=TIMEOUT)
    time.sleep(context.random.uniform(1.0, 3.0))
    for who in wrong:
        clocks.reset(who)
    return sum(clocks.read_count(who) for who in wrong)
