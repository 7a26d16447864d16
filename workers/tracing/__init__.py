"""Traces by OpenTelemetry, the extra `tracing`. Imported only where CROSSDOCK_TRACES_URL is set."""
