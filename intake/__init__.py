"""The intake over HTTP: what Commerce reports, and events of publishers that have no AMQP.

Each request is answered after what it brings is safe: confirmed by the broker, or recorded in the ledger.
"""
