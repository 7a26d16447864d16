"""The processes: consumer, relay, clock, supervisor, command line. Joins all other parts; holds no business rule."""
