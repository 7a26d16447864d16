"""The console, in a browser, and the JSON API. Both know operations only; only `cli.console` imports this folder."""
