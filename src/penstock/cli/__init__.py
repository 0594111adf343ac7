"""The command `penstock`: a file per command."""

from penstock.cli.main import main

__all__ = ["main"]
