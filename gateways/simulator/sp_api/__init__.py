"""Amazon's Selling Partner API, simulated over HTTP: signing in, orders, confirmations, feeds and notifications.

`marketplace` holds the orders in memory, `routes` has the table of operations, `server` answers. What it answers is as
Amazon's API models (August 2026) describe it; `description.json` has of them the calls that are simulated: the types of
path, query, body and answers, and of each type its required fields and its fields by type.
"""
