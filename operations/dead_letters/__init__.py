"""Dead letters: look up, edit, discard."""
