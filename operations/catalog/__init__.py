"""Listings, their matches to products, and the product file."""
