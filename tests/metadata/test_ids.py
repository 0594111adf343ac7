from __future__ import annotations

import re
import threading
import time

from penstock.metadata.ids import new_id


def test_an_id_is_a_ulid_of_now():
    before = time.time_ns() // 1_000_000
    made = new_id()
    after = time.time_ns() // 1_000_000
    assert re.fullmatch("[0-7][0-9A-HJKMNP-TV-Z]{25}", made)
    milliseconds = 0
    for character in made[:10]:
        milliseconds = milliseconds * 32 + "0123456789ABCDEFGHJKMNPQRSTVWXYZ".index(character)
    assert before <= milliseconds <= after + 1


def test_ids_of_one_process_rise():
    made = [new_id() for _ in range(2000)]
    assert made == sorted(set(made))


def test_ids_rise_when_the_clock_is_set_back(monkeypatch):
    first = new_id()
    monkeypatch.setattr(time, "time_ns", lambda: 1_000_000_000)
    assert new_id() > first


def test_threads_never_get_the_same_id():
    made: list[str] = []

    def make() -> None:
        made.extend([new_id() for _ in range(500)])

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 2000
