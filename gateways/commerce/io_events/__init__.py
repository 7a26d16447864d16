"""Adobe I/O Events: Commerce's reports, and the proof that Adobe sent them."""
