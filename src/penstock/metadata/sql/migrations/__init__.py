"""The schema as steps, each with a name."""
