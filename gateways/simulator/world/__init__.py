"""The demo world: a generator of stores, products, orders and their events, the same for the same seed."""
