"""The demo over HTTP: `crossdock up` as a process of its own, against a served Amazon and a served Commerce."""
