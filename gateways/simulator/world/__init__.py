"""The demo's generator of orders and what happens to them."""
