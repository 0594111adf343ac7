"""The metadata store: what ran, what it read, what it made."""
