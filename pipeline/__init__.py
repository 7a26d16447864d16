"""The way of one batch, from messages to published follow-ups."""
