"""Text views of what operations return."""
