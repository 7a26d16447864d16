"""Stories: what must happen, told from outside, on every set-up there is."""
