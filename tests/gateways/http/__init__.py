"""Tests of gateways/http."""
