"""Orders: lists, details, explanations, operators' actions."""
