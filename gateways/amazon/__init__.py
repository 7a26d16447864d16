"""Parsers of Amazon's formats: ORDER_CHANGE notifications, Orders API responses (v0 and 2026-01-01), order reports.

The only folder that knows Amazon's field names. Each parser takes a whole file and yields `ParsedReport`,
`SkippedLine` and `Notice`; none makes a request.
"""
