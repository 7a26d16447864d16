"""The tables of the intake from Commerce: changed shipments, and how far lists and journals were read."""

from sqlalchemy import Column, Integer, Table

from ledger.tables.columns import RowNumber
from ledger.tables.metadata import instant_column, metadata, text_column

changed_shipments = Table(
    "changed_shipments",
    metadata,
    Column("shipment_id", RowNumber, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    instant_column("notified_at"),
    instant_column("due_at"),
    Column("attempts", Integer, nullable=False),
)
"""`version` counts the reports of a change of the shipment, so that a change while it is read is not lost.
`due_at` is in the future while a process reads it, and after a failure or while it has no tracking number."""


cursors = Table("cursors", metadata, text_column("name", key=True), text_column("position"))
