import signal

import pytest

from penstock.errors import StorageError
from tests.orchestration.workers.support import value_of


def test_outputs_come_back_digested(run):
    outcome = run("greet", text="Wörld")
    assert value_of(outcome) == "hello Wörld"
    assert outcome.outputs[0].digest.startswith("sha256:")


def test_an_exception_is_an_error_with_its_place(run):
    error = run("fails").error
    assert (error.type, error.message, error.exit_code, error.transient) == ("ValueError", "the door", 1, False)
    assert error.at is not None
    assert error.at.startswith("comp.py:")
    assert error.at.endswith(" open_door")
    assert "is locked" in error.traceback


def test_the_traceback_is_in_the_log(run, tmp_path):
    run("fails")
    assert "ValueError: the door" in (tmp_path / "log.txt").read_text()


def test_sys_exit_is_a_failure(run):
    error = run("exits").error
    assert (error.type, error.message) == ("SystemExit", "sys.exit(3)")


def test_an_exit_without_a_result_is_a_failure(run):
    error = run("vanishes").error
    assert (error.type, error.message) == ("exit", "the process ended with exit code 0 and no result (os._exit?)")


def test_a_penstock_error_keeps_its_text_and_exit_code(run):
    error = run("absent").error
    assert (error.type, error.exit_code) == ("UnknownNameError", 2)
    assert 'unknown component "absent"' in error.message


def test_a_full_disk_has_its_own_exit_code(run):
    assert run("disk_full").error.exit_code == 5


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (signal.SIGSEGV, "killed by SIGSEGV"),
        (signal.SIGABRT, "killed by SIGABRT"),
        (signal.SIGKILL, "killed by SIGKILL (out of memory?)"),
        (signal.SIGTERM, "killed by SIGTERM"),
    ],
)
def test_a_signal_is_named(run, number, message):
    assert run("dies", number=int(number)).error.message == message


def test_the_stack_at_a_crash_is_in_the_log(run, tmp_path):
    run("dies", number=int(signal.SIGSEGV))
    log = (tmp_path / "log.txt").read_text()
    assert "Segmentation fault" in log
    assert "in dies" in log


def test_a_copy_made_by_user_code_leaves_no_result_of_its_own(run):
    assert value_of(run("forks")) == "original"


def test_a_result_of_an_earlier_process_does_not_count(shared_pool, request_for, tmp_path):
    request = request_for("vanishes")
    (tmp_path / request.attempt_dir / "result.json").write_text('{"outputs": [], "error": null, "cancelled": false}')
    outcome = shared_pool.run(request, kind="light", env={}, log_path=tmp_path / "log.txt")
    assert outcome.error.type == "exit"


def test_an_attempt_folder_that_is_gone_is_a_failure(shared_pool, request_for, tmp_path):
    request = request_for("greet", text="x")
    (tmp_path / request.attempt_dir).rmdir()
    (tmp_path / request.attempt_dir).write_text("a file")
    with pytest.raises(StorageError):
        shared_pool.run(request, kind="light", env={}, log_path=tmp_path / "log.txt")


def test_big_values_pass_both_ways(run):
    text = "ü" * 3_000_000
    assert value_of(run("greet", text=text)) == "hello " + text
