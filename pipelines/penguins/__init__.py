"""Penguins: species from body measurements."""
