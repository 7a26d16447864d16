"""Amazon's order reports."""
