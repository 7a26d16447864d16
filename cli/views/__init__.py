"""Text views of the operations' results."""
