"""Tests of gateways/openid."""
