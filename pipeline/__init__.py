"""The processing of one batch, from messages to committed follow-ups."""
