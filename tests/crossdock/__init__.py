"""The way in: `python -m crossdock`, and the installed command."""
