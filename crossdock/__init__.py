"""The installed name of Crossdock: its version, and in __main__ its way in."""

__version__ = "0.1.0"
