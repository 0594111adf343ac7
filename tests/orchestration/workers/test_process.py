import threading
from pathlib import Path

from tests.orchestration.workers.support import assert_all_end, value_of, watch


def test_prints_and_logs_land_in_the_log(run, tmp_path, capfd):
    run("chats")
    log = (tmp_path / "log.txt").read_text(encoding="utf-8")
    for line in ("printed ünïcode\n", "to stderr\n", "INFO mine: logged\n", "written below Python\n"):
        assert line in log
    assert capfd.readouterr() == ("", "")


def test_the_log_is_appended_to_and_private(run, tmp_path):
    (tmp_path / "log.txt").write_text("earlier\n")
    run("chats")
    run("chats")
    log = (tmp_path / "log.txt").read_text(encoding="utf-8")
    assert log.startswith("earlier\n")
    assert log.count("to stderr") == 2


def test_the_environment_is_the_requests(shared_pool, request_for, tmp_path):
    outcomes = [
        shared_pool.run(request_for("environment", name="COLOUR"), kind="light", env=env, log_path=tmp_path / "log.txt")
        for env in ({"COLOUR": "blue"}, {})
    ]
    assert [value_of(outcome) for outcome in outcomes] == ["blue", "unset"]


def test_signals_are_default_but_the_interrupt_in_a_group_of_its_own(run):
    assert value_of(run("signals")) == "SIG_IGN SIG_DFL SIG_DFL True"


def test_there_is_nothing_to_read_and_no_argument(run):
    assert value_of(run("sees_stdin")) == "''[]"


def test_a_thread_and_a_process_left_behind_end_with_the_worker(run):
    outcome = run("leaves_behind")
    pid = int(value_of(outcome))
    try:
        pidfds = watch([pid])
    except ProcessLookupError:
        return  # gone already
    assert_all_end(pidfds)


def test_two_run_at_the_same_time(shared_pool, request_for, fifo, tmp_path):
    outcomes = {}

    def go(mode: str) -> None:
        request = request_for("meets", fifo=str(fifo), mode=mode)
        outcomes[mode] = shared_pool.run(request, kind="light", env={}, log_path=tmp_path / mode)

    threads = [threading.Thread(target=go, args=(mode,)) for mode in ("r", "w")]  # each opens only with the other
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (value_of(outcomes["r"]), value_of(outcomes["w"])) == ("met", "3")


def test_progress_is_reported_in_order_in_the_callers_thread(shared_pool, request_for, tmp_path):
    seen = []
    shared_pool.run(
        request_for("Counts", output="done", steps=500),
        kind="light",
        env={},
        log_path=tmp_path / "log.txt",
        on_progress=lambda report: seen.append((report["step"], threading.get_ident())),
    )
    assert seen == [(step, threading.get_ident()) for step in range(500)]


def test_an_edit_between_two_attempts_is_seen(run, project):
    first = value_of(run("greet", text="x"))
    source = (project / "comp.py").read_text(encoding="utf-8")
    (project / "comp.py").write_text(source.replace('"hello "', '"goodbye "'), encoding="utf-8")
    assert (first, value_of(run("greet", text="x"))) == ("hello x", "goodbye x")


def test_many_at_once_have_their_own_outcomes(shared_pool, request_for, tmp_path):
    requests = [request_for("greet", text=str(number)) for number in range(60)]
    outcomes = {}

    def go(part: int) -> None:
        for number in range(part, 60, 4):
            outcomes[number] = shared_pool.run(
                requests[number], kind="light", env={}, log_path=Path(requests[number].attempt_dir, "log.txt")
            )

    threads = [threading.Thread(target=go, args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [value_of(outcomes[number]) for number in range(60)] == [f"hello {number}" for number in range(60)]


def test_no_file_descriptor_is_left_open(run):
    run("greet", text="x")
    before = sum(1 for _ in Path("/proc/self/fd").iterdir())
    for _ in range(5):
        run("greet", text="x")
    assert sum(1 for _ in Path("/proc/self/fd").iterdir()) == before
