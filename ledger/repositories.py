"""The repositories of one transaction: each is imported and made when it is first asked for.

There are more than forty, and a command or a process needs a few: to import all costs a command a tenth of its time.
"""

from collections.abc import Callable
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Generic, TypeVar, overload

from ledger.transaction import Transaction

if TYPE_CHECKING:
    from ledger.batches import Batches
    from ledger.communication_errors import CommunicationErrors
    from ledger.cursors import Cursors
    from ledger.dead_letters.actions import DeadLetterActions
    from ledger.dead_letters.attempts import DeliveryAttempts
    from ledger.dead_letters.audit_log import AuditLog
    from ledger.dead_letters.letters import DeadLetters
    from ledger.dead_letters.replay_queries import ReplaySelection
    from ledger.dead_letters.replays import Replays
    from ledger.dead_letters.unopened import UnopenedMessages
    from ledger.destruction import Destruction
    from ledger.figures import FigureQueries
    from ledger.incarnations import Incarnations
    from ledger.key_rotation import KeyRotation
    from ledger.messages.delivery_audit import Deliveries
    from ledger.messages.early_events import EarlyEvents
    from ledger.messages.inbox import Inbox
    from ledger.messages.outbox import Outbox
    from ledger.messages.publisher_tokens import PublisherTokens
    from ledger.messages.publishers import Publishers
    from ledger.messages.refused import RefusedMessages
    from ledger.messages.unanswered import Unanswered
    from ledger.messages.unknown_stores import UnknownStores
    from ledger.orders.backfills import Backfills
    from ledger.orders.changed_orders import ChangedOrders
    from ledger.orders.changed_shipments import ChangedShipments
    from ledger.orders.history import History
    from ledger.orders.listings import Listings
    from ledger.orders.lists import OrderLists
    from ledger.orders.matches import Matches
    from ledger.orders.order_sweeps import OrderSweeps
    from ledger.orders.orders import Orders
    from ledger.orders.sales import Sales
    from ledger.orders.stores import Stores
    from ledger.orders.vault import Vault
    from ledger.orders.wake_ups import WakeUps
    from ledger.people.api_tokens import ApiTokens
    from ledger.people.saved_views import SavedViews
    from ledger.people.sessions import Sessions
    from ledger.people.users import Users
    from ledger.processes import Processes
    from ledger.rate_buckets import RateBuckets
    from ledger.read_only import ReadOnlyModes
    from ledger.reconciliations import Reconciliations
    from ledger.record_retention import RecordRetention
    from ledger.retention import Retention
    from ledger.schedules import Schedules

R = TypeVar("R")


class Repository(Generic[R]):
    """An attribute of `Repositories`: a repository, which takes the attribute's place when it is first asked for."""

    def __init__(self, target: str) -> None:
        """Name the class, such as `ledger.orders.orders:Orders`. A test holds it against the type."""
        self._target = target
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, repositories: None, owner: type) -> "Repository[R]": ...

    @overload
    def __get__(self, repositories: "Repositories", owner: type) -> R: ...

    def __get__(self, repositories: "Repositories | None", owner: type) -> "Repository[R] | R":
        if repositories is None:
            return self
        repository = self._class(repositories._tx)  # noqa: SLF001 - an attribute of it is a part of it
        repositories.__dict__[self._name] = repository  # found before this descriptor from now on
        return repository

    @cached_property
    def _class(self) -> Callable[[Transaction], R]:
        module, _, name = self._target.partition(":")
        repository: Callable[[Transaction], R] = getattr(import_module(module), name)
        return repository


class Repositories:
    """A repository for each subject of the ledger.

    On PostgreSQL a method of a repository executes a constant number of statements, however many rows it is passed;
    on SQLite one for five hundred keys.
    """

    batches: "Repository[Batches]" = Repository("ledger.batches:Batches")
    orders: "Repository[Orders]" = Repository("ledger.orders.orders:Orders")
    order_lists: "Repository[OrderLists]" = Repository("ledger.orders.lists:OrderLists")
    sales: "Repository[Sales]" = Repository("ledger.orders.sales:Sales")
    history: "Repository[History]" = Repository("ledger.orders.history:History")
    listings: "Repository[Listings]" = Repository("ledger.orders.listings:Listings")
    stores: "Repository[Stores]" = Repository("ledger.orders.stores:Stores")
    matches: "Repository[Matches]" = Repository("ledger.orders.matches:Matches")
    vault: "Repository[Vault]" = Repository("ledger.orders.vault:Vault")
    wake_ups: "Repository[WakeUps]" = Repository("ledger.orders.wake_ups:WakeUps")
    inbox: "Repository[Inbox]" = Repository("ledger.messages.inbox:Inbox")
    outbox: "Repository[Outbox]" = Repository("ledger.messages.outbox:Outbox")
    publishers: "Repository[Publishers]" = Repository("ledger.messages.publishers:Publishers")
    publisher_tokens: "Repository[PublisherTokens]" = Repository("ledger.messages.publisher_tokens:PublisherTokens")
    refused: "Repository[RefusedMessages]" = Repository("ledger.messages.refused:RefusedMessages")
    early_events: "Repository[EarlyEvents]" = Repository("ledger.messages.early_events:EarlyEvents")
    unknown_stores: "Repository[UnknownStores]" = Repository("ledger.messages.unknown_stores:UnknownStores")
    unanswered: "Repository[Unanswered]" = Repository("ledger.messages.unanswered:Unanswered")
    deliveries: "Repository[Deliveries]" = Repository("ledger.messages.delivery_audit:Deliveries")
    dead_letters: "Repository[DeadLetters]" = Repository("ledger.dead_letters.letters:DeadLetters")
    letter_actions: "Repository[DeadLetterActions]" = Repository("ledger.dead_letters.actions:DeadLetterActions")
    unopened: "Repository[UnopenedMessages]" = Repository("ledger.dead_letters.unopened:UnopenedMessages")
    attempts: "Repository[DeliveryAttempts]" = Repository("ledger.dead_letters.attempts:DeliveryAttempts")
    replays: "Repository[Replays]" = Repository("ledger.dead_letters.replays:Replays")
    replay_selection: "Repository[ReplaySelection]" = Repository("ledger.dead_letters.replay_queries:ReplaySelection")
    audit_log: "Repository[AuditLog]" = Repository("ledger.dead_letters.audit_log:AuditLog")
    communication_errors: "Repository[CommunicationErrors]" = Repository(
        "ledger.communication_errors:CommunicationErrors"
    )
    rate_buckets: "Repository[RateBuckets]" = Repository("ledger.rate_buckets:RateBuckets")
    changed_orders: "Repository[ChangedOrders]" = Repository("ledger.orders.changed_orders:ChangedOrders")
    changed_shipments: "Repository[ChangedShipments]" = Repository("ledger.orders.changed_shipments:ChangedShipments")
    incarnations: "Repository[Incarnations]" = Repository("ledger.incarnations:Incarnations")
    cursors: "Repository[Cursors]" = Repository("ledger.cursors:Cursors")
    processes: "Repository[Processes]" = Repository("ledger.processes:Processes")
    read_only: "Repository[ReadOnlyModes]" = Repository("ledger.read_only:ReadOnlyModes")
    reconciliations: "Repository[Reconciliations]" = Repository("ledger.reconciliations:Reconciliations")
    users: "Repository[Users]" = Repository("ledger.people.users:Users")
    sessions: "Repository[Sessions]" = Repository("ledger.people.sessions:Sessions")
    api_tokens: "Repository[ApiTokens]" = Repository("ledger.people.api_tokens:ApiTokens")
    saved_views: "Repository[SavedViews]" = Repository("ledger.people.saved_views:SavedViews")
    order_sweeps: "Repository[OrderSweeps]" = Repository("ledger.orders.order_sweeps:OrderSweeps")
    backfills: "Repository[Backfills]" = Repository("ledger.orders.backfills:Backfills")
    schedules: "Repository[Schedules]" = Repository("ledger.schedules:Schedules")
    retention: "Repository[Retention]" = Repository("ledger.retention:Retention")
    record_retention: "Repository[RecordRetention]" = Repository("ledger.record_retention:RecordRetention")
    figures: "Repository[FigureQueries]" = Repository("ledger.figures:FigureQueries")
    destruction: "Repository[Destruction]" = Repository("ledger.destruction:Destruction")
    key_rotation: "Repository[KeyRotation]" = Repository("ledger.key_rotation:KeyRotation")

    def __init__(self, tx: Transaction) -> None:
        """Work in the transaction *tx*."""
        self._tx = tx
