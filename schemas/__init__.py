"""The words all share: orders, payloads, requests to the outside, settings, errors. Imports nothing of ours."""
