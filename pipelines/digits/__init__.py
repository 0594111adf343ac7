"""Digits: which digit a small image shows."""
