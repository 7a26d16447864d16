"""Parsers of Amazon's order reports (SP-API Reports, GET_FLAT_FILE_ALL_ORDERS_DATA_*) and of sellers' exports."""
