"""The processes: consumer, relay, scheduler, supervisor. Joins all other parts; holds no business rule."""
