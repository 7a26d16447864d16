"""Dead letters: found, replayed, edited, discarded, released."""
