"""Amazon's own shapes read into our payloads: ORDER_CHANGE notifications, orders of both API versions, order reports.

The only place that knows Amazon's field names. Each door takes a whole file and yields `Read` or `Skipped`.
"""
