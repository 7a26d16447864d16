"""crossdock restored: declare that the database was brought back from a backup."""

from cli.options.confirmation import Actor, Reason, audit_reason
from cli.terminal.output import say
from operations.restores import declare_restore
from workers.process.bootstrap import opened_context


def restored(*, who: Actor, reason: Reason = None) -> None:
    """Declare a restore that Crossdock cannot see.

    A dump that was read in, a recovery to a point in time and a promoted standby are recognized. A volume that was set
    back to a snapshot is not: declare it while no process runs. A declaration too many does no harm.
    """
    with opened_context() as context:
        declare_restore(context, actor=who, why=audit_reason(reason, ask=True))
    say("The ids of Crossdock's own events differ from now on from those of before the restore. Start the processes.")
