"""What the operating system says of a disk becomes an error with a place and a hint."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from penstock.errors import DataError, StorageError
from penstock.orchestration.layout import Layout, disk_errors


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EIO, errno.EDQUOT])
def test_disk_errors_say_what_to_do(number: int) -> None:
    with pytest.raises(StorageError) as error, disk_errors("/place"):
        raise OSError(number, "no")
    assert error.value.exit_code == 5
    assert error.value.at == "/place"
    assert "--root" in (error.value.hint or "")


def test_other_errors_pass() -> None:
    with pytest.raises(ConnectionResetError), disk_errors("/place"):
        raise ConnectionResetError(errno.ECONNRESET, "no")
    with pytest.raises(DataError), disk_errors("/place"):
        raise DataError("ours")


def test_a_root_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        Layout(tmp_path / "file" / "root").prepare()


def test_a_new_root_is_its_owners_alone(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "root")
    layout.prepare()
    assert layout.root.stat().st_mode & 0o077 == 0
    assert list(layout.root.iterdir()) == []
