"""Shared types: orders, payloads, requests to Amazon and Commerce, settings, errors. Imports no other folder."""
