"""Measurements of flake8-planalign on real applications: cost, precision, injected recall."""
