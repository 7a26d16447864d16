"""A simulated Amazon and a simulated Commerce, good for the demo, the tests and a shop-less mode."""
