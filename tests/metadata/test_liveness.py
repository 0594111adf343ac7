from __future__ import annotations

import subprocess
from dataclasses import replace

from penstock.metadata.liveness import _start_of as start_of
from penstock.metadata.liveness import is_alive, this_owner


def test_this_process_is_alive():
    assert is_alive(this_owner()) is True


def test_a_process_that_ended_is_dead():
    with subprocess.Popen(["sleep", "60"]) as child:
        start = start_of(child.pid)
        assert start is not None
        owner = replace(this_owner(), pid=child.pid, pid_start=start)
        assert is_alive(owner) is True
        child.kill()
    assert is_alive(owner) is False


def test_a_killed_process_that_nobody_waited_for_is_dead():
    child = subprocess.Popen(["sleep", "60"])
    start = start_of(child.pid)
    assert start is not None
    owner = replace(this_owner(), pid=child.pid, pid_start=start)
    child.kill()
    while is_alive(owner):
        pass  # the signal is on its way; the process stays a zombie until the wait below
    assert is_alive(owner) is False
    child.wait()


def test_another_process_with_the_same_id_is_not_the_owner():
    owner = this_owner()
    assert is_alive(replace(owner, pid_start=owner.pid_start - 1)) is False


def test_a_reboot_ends_all_owners_of_the_machine():
    assert is_alive(replace(this_owner(), boot_id="an earlier one")) is False


def test_nothing_is_known_about_another_machine():
    assert is_alive(replace(this_owner(), name="elsewhere", boot_id="another")) is None


def test_nothing_is_known_about_another_container_of_this_machine():
    owner = this_owner()
    boot, sign, namespace = owner.boot_id.partition(" pid:")
    assert (len(boot), sign) == (36, " pid:")
    elsewhere = replace(owner, boot_id=f"{boot} pid:{int(namespace) + 1}")
    assert is_alive(elsewhere) is None
    assert is_alive(replace(elsewhere, name="elsewhere")) is None
