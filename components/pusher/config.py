"""Where a Pusher publishes; TFX's names and fields."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.errors import DefinitionError

__all__ = ["Filesystem", "PushDestination"]


@dataclass(frozen=True, kw_only=True)
class Filesystem:
    """A folder that a model server watches.

    Attributes:
        base_directory: Folder that holds one numeric folder a version; relative to the definition's folder.

    Raises:
        DefinitionError: It is not a folder of this machine.
    """

    base_directory: str

    def __post_init__(self) -> None:
        # A run parameter has no value to look at yet; it is checked again when it has one.
        if isinstance(self.base_directory, str) and "://" in self.base_directory:
            raise DefinitionError(
                "base_directory",
                received=self.base_directory,
                expected="a folder of this machine",
                hint="mount the bucket, or push with a component of your own",
            )


@dataclass(frozen=True, kw_only=True)
class PushDestination:
    """Where models go.

    Attributes:
        filesystem: A folder of this machine.
    """

    filesystem: Filesystem
