"""What the launcher and a fork server say to each other: JSON with its length in front. Nothing is pickled."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from penstock.orchestration.execute import ArtifactData, ExecuteRequest

__all__ = ["MessageReader", "encode", "request_from_plain", "request_to_plain"]

_LENGTH = struct.Struct("!I")
_CHUNK = 1 << 16  # bytes a read


def encode(message: Mapping[str, Any]) -> bytes:
    """A message as it goes over the socket."""
    data = json.dumps(message).encode()
    return _LENGTH.pack(len(data)) + data


class MessageReader:
    """Takes messages off a socket as they become complete.

    Attributes:
        ended: The other side has closed its end; nothing follows.
    """

    def __init__(self, source: socket.socket) -> None:
        self._source = source
        self._data = bytearray()
        self.ended = False

    def receive(self) -> Iterator[dict[str, Any]]:
        """Waits for one read of the socket, and yields the messages that it completed."""
        try:
            data = self._source.recv(_CHUNK)
        except ConnectionResetError:
            data = b""  # the other side died with messages of ours unread
        self.ended = not data
        self._data += data
        while len(self._data) >= _LENGTH.size:
            (size,) = _LENGTH.unpack_from(self._data)
            end = _LENGTH.size + size
            if len(self._data) < end:
                return
            message = json.loads(self._data[_LENGTH.size : end])
            del self._data[:end]
            yield message


def request_to_plain(request: ExecuteRequest) -> dict[str, Any]:
    """A request as JSON data."""
    return asdict(request)


def request_from_plain(plain: Mapping[str, Any]) -> ExecuteRequest:
    """The request that `request_to_plain` wrote."""
    return ExecuteRequest(
        **{
            **plain,
            "inputs": {name: [ArtifactData(**data) for data in records] for name, records in plain["inputs"].items()},
            "outputs": {name: ArtifactData(**data) for name, data in plain["outputs"].items()},
        }
    )
