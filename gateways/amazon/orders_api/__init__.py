"""Responses of Amazon's Orders API."""
