"""Stories seen from outside, on every set-up there is."""
