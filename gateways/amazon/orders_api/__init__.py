"""Parsers of responses of Amazon's Orders API, v0 and 2026-01-01."""
