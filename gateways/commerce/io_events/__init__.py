"""Adobe I/O Events: what Commerce reports by them, and the proof that Adobe sent them."""
