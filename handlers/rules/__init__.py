"""The rules that handlers share: pure functions over an order."""
