"""Rows as version 0004 wrote them: of every table, in every state."""

import json
from datetime import timedelta

from ledger.dead_letters.letter_rows import letter_id
from ledger.encryption.cipher import Cipher
from tests.ledger.conftest import KEY
from tests.ledger.values import NOON, STORE, a_key, an_order_id

Row = dict[str, object]

LATER = NOON + timedelta(hours=1)
BODY = b'{"id":"m1"}'
CIPHER = Cipher.of([KEY])
LETTER_STATES = ("waiting", "replayed", "resolved", "discarded")
SELECTION = {"letter_class": "blocked", "waiting_by": "2026-11-02T12:00:00+00:00", "state": "waiting"}


def key_of(number: int) -> Row:
    return {"store_id": STORE, "amazon_order_id": an_order_id(number)}


def order_row(number: int, import_state: str = "waiting", fields: Row | None = None) -> Row:
    """Return a row of an order; its document has these fields beside the plain ones."""
    document = {
        **key_of(number),
        "purchase_date": "2026-11-02T12:01:00Z",
        "last_update_date": "2026-11-02T12:00:00Z",
        "marketplace_id": "ATVPDKIKX0DER",
        "fulfillment_channel": "MFN",
        "amazon_status": "Pending",
        "lines": [],
        "left_out": [],
        "facts_at": {},
        "parcels": [],
        "blocked_on": [],
        "note": "Zażółć",
        **(fields or {}),
        "status": "Pending",
        "import_state": import_state,
        "version": 1,
    }
    return {
        **key_of(number),
        "version": 1,
        "purchase_date": NOON,
        "last_update_date": NOON,
        "status": "Pending",
        "amazon_status": "Pending",
        "import_state": import_state,
        "completable": False,
        "fulfillment_channel": "MFN",
        "note": "Zażółć",
        "document": json.dumps(document, ensure_ascii=False, separators=(",", ":")),
    }


def every_field() -> Row:
    """Return the fields of an order's document that have other names since."""
    line = {"order_item_id": "i1", "seller_sku": "SKU-1", "quantity": 2, "quantity_shipped": 0}
    parcel = {"shipment_id": "s1", "shipped_at": "2026-11-02T12:00:00Z", "carrier_code": "UPS", "tracking_number": "1Z"}
    return {
        "left_out": [line],
        "facts_at": {"status": 5},
        "parcels": [{**parcel, "retold": True}],
        "created_with": {"pieces": {"SKU-1": 2}},
        "given_up": {"who": "Ann", "at": "2026-11-02T12:00:00Z", "why": "sold"},
        "reserved_for": {"SKU-1": 2},
    }


def blocker() -> Row:
    texts = {
        "reason": "r",
        "solution": "s",
        "command": f"crossdock orders edit-address {an_order_id(2)} --store {STORE}",
    }
    return {"kind": "address", "key": "x", **texts, "wakes_on": ["order:x"]}


def dead_letter_row(state: str) -> Row:
    row_id = letter_id(state)
    return {
        "id": row_id,
        "identity": state,
        "letter_class": "blocked",
        "consumer": "importer",
        "event": "import.requested",
        "reason": "It does not fit.",
        "fingerprint": "f",
        **key_of(2),
        "message_id": state,
        "message_key": a_key(state),
        "message_name": "import.requested",
        "headers": '{"attempt":2}',
        "body": CIPHER.encrypt(BODY, f"dead_letters/{row_id}/body"),
        "attempts": 3,
        "first_at": NOON,
        "last_at": NOON,
        "settled_at": LATER if state in ("resolved", "discarded") else None,
        "state": state,
        "waiting_since": NOON,
    }


def early_row(state: str) -> Row:
    key = a_key(state)
    return {
        "consumer": "commerce-shipped",
        "key": key,
        "event": "commerce.shipped",
        **key_of(9),
        "message_id": state,
        "headers": "{}",
        "body": CIPHER.encrypt(BODY, f"early_events/commerce-shipped/{key.hex()}/body"),
        "state": state,
        "due_at": LATER,
        "changed_at": NOON,
    }


def inbox_row(state: str) -> Row:
    return {"consumer": "importer", "key": a_key(state), "epoch": 1, "state": state, "handled_at": NOON}


def running_replay_row() -> Row:
    return {
        "id": "r1",
        "who": "Ann",
        "why": "fixed",
        "selection": json.dumps(SELECTION, sort_keys=True),
        "cutoff": NOON,
        "planned": 1,
        "rate": 50.0,
        "ramp": True,
        "stop_share": 0.2,
        "state": "running",
        "reason": "",
        "started_at": NOON,
        "resumed_at": NOON,
        "next_at": NOON,
        "stage": 0,
    }


def rows_of_0004() -> dict[str, list[Row]]:
    """Return rows of every table that has other names since."""
    item = {"id": "r1/l", "replay_id": "r1", "letter_id": letter_id("replayed"), "position": 1, "outcome": ""}
    return {
        "orders": [order_row(1, fields=every_field()), order_row(2, "blocked", {"blocked_on": [blocker()]})],
        "journal": [{**key_of(1), "at": NOON, "event": "order.placed", "note": "first", "event_id": "e1"}],
        "waits": [{**key_of(2), "wake_key": "order:x"}],
        "wakes": [{"wake_key": "order:x", "number": 7, "at": NOON}],
        "records": [{"kind": "product", "key": "SKU-1", "document": '{"quantity": 5}'}],
        "audit": [
            {"at": NOON, "who": "Ann", "action": "letter.discard", "subject": "l", "why": "sold", "details": "{}"}
        ],
        "attempts": [{"consumer": "importer", "key": a_key("m1"), "process": "p1", "since": NOON}],
        "schedules": [{"job": "tidy", "last_run_at": NOON}, {"job": "sync", "last_run_at": LATER}],
        "dead_letters": [dead_letter_row(state) for state in LETTER_STATES],
        "dead_letter_causes": [{"letter_id": letter_id("waiting"), "kind": "address", "key": "x"}],
        "early_events": [early_row(state) for state in ("waiting", "released", "closed")],
        "inbox": [inbox_row(state) for state in ("done", "failed", "waiting", "superseded")],
        "replays": [running_replay_row()],
        "replay_items": [{**item, "state": "sent", "sent_at": NOON}],
    }
