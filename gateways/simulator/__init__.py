"""A simulated Amazon and a simulated Commerce, for the demo, for tests, and to try Crossdock without accounts."""
