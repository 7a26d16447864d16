"""The intake over HTTP: Commerce's reports, and events of publishers that have no AMQP.

Each request is answered after its content is safe: confirmed by the broker, or recorded in the ledger.
"""
