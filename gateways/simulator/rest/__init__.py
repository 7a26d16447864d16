"""Commerce's REST API, simulated over HTTP: it answers as Magento Open Source 2.4.6 does, its errors included.

`shop` holds the state in memory, `routes` has the table of operations, `app` serves them. What it imitates was recorded
from a real shop; tests play the recorded requests against it. Where Adobe's description and the real shop differ, it
answers as the real shop: null strings in `payment`, ids of invoices and shipments as JSON strings.
"""
