"""Options and prompts that several commands share."""
