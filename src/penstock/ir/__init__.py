"""The compiled pipeline: its plain form, and the ways to it from Python and YAML."""
