"""Replays of dead letters: dry run, start, pause, resume, abort."""
