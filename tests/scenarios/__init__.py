"""Stories: what must happen, seen from outside, on every set-up there is."""
