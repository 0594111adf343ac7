from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from penstock.artifacts import InfraBlessing
from penstock.components.pusher.component import Pusher
from penstock.components.pusher.config import Filesystem, PushDestination
from penstock.components.pusher.confirm import confirm
from penstock.dsl.tree import TreeDigest
from penstock.errors import ArtifactError, DefinitionError, StorageError
from penstock.testing import run_node


def push(model, project, base_directory="serving", **blessings):
    result = run_node(
        Pusher,
        inputs={"model": model, **blessings},
        params={"push_destination": PushDestination(filesystem=Filesystem(base_directory=base_directory))},
        project=project,
    )
    return result.outputs["pushed_model"], result.progress[-1]["note"]


def ask_again(pushed, project, base_directory="serving"):
    destination = PushDestination(filesystem=Filesystem(base_directory=base_directory))
    return confirm(Pusher.bound(push_destination=destination, pushed_model=pushed), str(project))


def serving(model):
    return TreeDigest.of(model.serving_uri)


def test_first_push_is_version_1_with_all_bytes_of_the_model(make_model, tmp_path):
    model = make_model("a")
    pushed, note = push(model, tmp_path)
    assert note == "serving/1"
    assert TreeDigest.of(tmp_path / "serving" / "1") == serving(model)
    assert (tmp_path / "serving" / "1" / "assets").is_dir()
    assert (pushed.pushed, pushed.pushed_version, pushed.pushed_destination) == (1, "1", "serving/1")
    assert pushed.model_identity == model.identity


def test_nothing_but_versions_and_the_lock_file_stays(make_model, tmp_path):
    push(make_model("a"), tmp_path)
    assert sorted(path.name for path in (tmp_path / "serving").iterdir()) == [".penstock.lock", "1"]


def test_another_model_becomes_the_next_version(make_model, tmp_path):
    push(make_model("a"), tmp_path)
    _, note = push(make_model("b"), tmp_path)
    assert note == "serving/2"


def test_version_is_compared_as_a_number(make_model, tmp_path):
    for name in ("9", "10", "0008"):
        (tmp_path / "serving" / name).mkdir(parents=True)
    assert push(make_model("a"), tmp_path)[1] == "serving/11"


def test_same_model_is_not_pushed_twice(make_model, tmp_path):
    push(make_model("a"), tmp_path)
    pushed, note = push(make_model("a", "another fingerprint"), tmp_path)
    assert note == "already serving/1"
    assert (pushed.pushed, pushed.pushed_version) == (1, "1")
    assert not (tmp_path / "serving" / "2").exists()


def test_a_model_that_is_not_the_newest_is_pushed_again(make_model, tmp_path):
    model = make_model("a")
    push(model, tmp_path)
    push(make_model("b"), tmp_path)
    assert push(model, tmp_path)[1] == "serving/3"


def test_a_version_whose_bytes_were_changed_does_not_count(make_model, tmp_path):
    model = make_model("a")
    push(model, tmp_path)
    (tmp_path / "serving" / "1" / "variables" / "variables.index").write_text("changed")
    assert push(model, tmp_path)[1] == "serving/2"


def test_a_linked_version_is_left_alone_and_its_number_not_reused(make_model, tmp_path):
    model = make_model("a")
    (tmp_path / "serving").mkdir()
    (tmp_path / "serving" / "4").symlink_to(model.serving_uri)
    assert push(model, tmp_path)[1] == "serving/5"
    assert (tmp_path / "serving" / "4").is_symlink()


def test_foreign_files_are_left_alone(make_model, tmp_path):
    destination = tmp_path / "serving"
    destination.mkdir()
    (destination / "models.config").write_text("mine")
    (destination / "7").write_text("a file with a version's name")
    (destination / "99999999999999999999").mkdir()
    assert push(make_model("a"), tmp_path)[1] == "serving/8"
    assert (destination / "models.config").read_text() == "mine"
    assert (destination / "7").is_file()


def test_a_negative_blessing_stops_it_and_its_reasons_are_told(make_model, make_blessing, tmp_path):
    model = make_model("a")
    blessing = make_blessing(model, blessed=0, reasons=json.dumps({"reasons": ["accuracy 0.91 < 0.95"]}))
    pushed, note = push(model, tmp_path, model_blessing=blessing)
    assert note == "not pushed: not blessed (accuracy 0.91 < 0.95)"
    assert pushed.pushed == 0
    assert json.loads(Path(pushed.uri, "pushed.json").read_text())["reason"] == "not blessed (accuracy 0.91 < 0.95)"
    assert not (tmp_path / "serving").exists()


def test_a_blessing_of_another_model_stops_it(make_model, make_blessing, tmp_path):
    blessing = make_blessing(make_model("b"), blessed=1)
    _, note = push(make_model("a"), tmp_path, model_blessing=blessing)
    assert note == "not pushed: ModelBlessing is about another model"


def test_both_blessings_are_asked(make_model, make_blessing, tmp_path):
    model = make_model("a")
    infra = InfraBlessing(make_blessing(model, blessed=0).uri, properties={"model_identity": model.identity})
    _, note = push(model, tmp_path, model_blessing=make_blessing(model, blessed=1), infra_blessing=infra)
    assert note == "not pushed: not infra-blessed"


def test_positive_blessings_let_it_pass(make_model, make_blessing, tmp_path):
    model = make_model("a")
    assert push(model, tmp_path, model_blessing=make_blessing(model, blessed=1))[1] == "serving/1"


def test_bytes_that_changed_after_the_verdict_are_refused(make_model, make_blessing, tmp_path):
    model = make_model("a")
    blessing = make_blessing(model, blessed=1)
    Path(model.serving_uri, "saved_model.pb").write_text("something else")
    with pytest.raises(ArtifactError, match="changed after they were published"):
        push(model, tmp_path, model_blessing=blessing)
    assert not (tmp_path / "serving").exists()


def test_destination_that_cannot_be_made_is_a_storage_error(make_model, tmp_path):
    (tmp_path / "serving").write_text("a file is in the way")
    with pytest.raises(StorageError, match="cannot push"):
        push(make_model("a"), tmp_path)


def test_copy_that_fails_leaves_no_trace(make_model, tmp_path, monkeypatch):
    def full(source, target):
        Path(target).write_text("a part")
        raise OSError(28, "No space left on device", str(target))

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(StorageError, match="No space left"):
        push(make_model("a"), tmp_path)
    assert [path.name for path in (tmp_path / "serving").iterdir()] == [".penstock.lock"]


def test_a_destination_elsewhere_is_refused_in_the_definition():
    with pytest.raises(DefinitionError, match="a folder of this machine"):
        Filesystem(base_directory="gs://bucket/models")


def test_confirm_says_what_still_holds(make_model, tmp_path):
    pushed, _ = push(make_model("a"), tmp_path)
    assert ask_again(pushed, tmp_path) == "already serving/1"


def test_confirm_asks_for_a_push_when_the_version_is_gone(make_model, tmp_path):
    pushed, _ = push(make_model("a"), tmp_path)
    shutil.rmtree(tmp_path / "serving")
    assert ask_again(pushed, tmp_path) is None


def test_confirm_asks_for_a_push_when_a_newer_model_serves(make_model, tmp_path):
    pushed, _ = push(make_model("a"), tmp_path)
    push(make_model("b"), tmp_path)
    assert ask_again(pushed, tmp_path) is None


def test_confirm_repeats_a_refusal(make_model, make_blessing, tmp_path):
    model = make_model("a")
    pushed, _ = push(model, tmp_path, model_blessing=make_blessing(model, blessed=0))
    assert ask_again(pushed, tmp_path) == "not pushed: not blessed"


def test_pusher_and_its_confirm_load_no_heavy_library():
    heavy = "{'tensorflow', 'apache_beam', 'numpy', 'pyarrow', 'sqlalchemy'}"
    code = (
        "import sys, penstock.components.pusher.executor, penstock.components.pusher.confirm;"
        f"found = {heavy} & set(sys.modules); assert not found, found"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
