"""Amazon's notifications."""
