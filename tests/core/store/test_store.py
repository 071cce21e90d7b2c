"""Files and folders appear whole or not at all."""

import errno
import json
import os
import threading
import time
from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from gsx.errors import StoreError
from gsx.store import run_folder
from gsx.store.atomic import store_error, write_json, write_tensors, write_text, write_with
from gsx.store.environment import environment
from gsx.store.run_folder import check_free, default_run_folder, staged


def left(folder):
    return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*"))


def full(*arguments, **options):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_text_json_and_tensors(tmp_path):
    write_text(tmp_path / "a.txt", "é\n")
    write_json(tmp_path / "below" / "a.json", {"name": "é", "list": [1, 2.5, None]})
    tensors = {"x": torch.rand(2, 3, requires_grad=True), "y": torch.rand(4, 4).T}
    write_tensors(tmp_path / "a.safetensors", tensors)
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == "é\n"
    assert json.loads((tmp_path / "below/a.json").read_text(encoding="utf-8")) == {"name": "é", "list": [1, 2.5, None]}
    loaded = load_file(tmp_path / "a.safetensors")
    assert torch.equal(loaded["x"], tensors["x"])
    assert torch.equal(loaded["y"], tensors["y"])
    assert left(tmp_path) == ["a.safetensors", "a.txt", "below", "below/a.json"]


def test_a_file_is_replaced_whole(tmp_path):
    write_text(tmp_path / "a", "old and long")
    write_text(tmp_path / "a", "new")
    assert (tmp_path / "a").read_text() == "new"


@pytest.mark.parametrize("value", [float("nan"), {"a": [float("inf")]}])
def test_numbers_that_are_not_json(tmp_path, value):
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(tmp_path / "a.json", value)
    assert left(tmp_path) == []


def test_a_name_that_is_no_utf_8(tmp_path):
    name = os.fsdecode(b"caf\xe9")
    write_json(tmp_path / "a.json", {"file": name, "other": "×"})
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")) == {"file": name, "other": "×"}


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        PermissionError(13, "Permission denied"),
    ],
)
@pytest.mark.parametrize("existing", [True, False])
def test_a_write_that_fails_in_the_middle(tmp_path, error, existing):
    file = tmp_path / "a"
    if existing:
        file.write_text("old")

    def half(path):
        path.write_text("half")
        raise error

    with pytest.raises(StoreError, match=f"{file} cannot be written: {error.strerror}") as caught:
        write_with(file, half)
    assert caught.value.exit_code == 9
    assert "--out" in caught.value.hint
    assert left(tmp_path) == (["a"] if existing else [])
    assert not existing or file.read_text() == "old"


def test_a_full_disk_as_safetensors_tells_of_it(tmp_path, monkeypatch):
    """It raises an error of its own, which is no OSError."""

    def refuse(tensors, path):
        Path(path).write_bytes(b"half")
        raise SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")

    monkeypatch.setattr("safetensors.torch.save_file", refuse)
    with pytest.raises(StoreError, match=r"x\.safetensors cannot be written: .* No space left"):
        write_tensors(tmp_path / "x.safetensors", {"x": torch.ones(1)})
    assert left(tmp_path) == []


@pytest.mark.parametrize("error", [ValueError("a bug"), KeyboardInterrupt()])
def test_other_errors_pass_and_leave_nothing(tmp_path, error):
    def half(path):
        path.write_text("half")
        raise error

    with pytest.raises(type(error)):
        write_with(tmp_path / "a", half)
    assert left(tmp_path) == []


def test_a_rename_that_fails(tmp_path, monkeypatch):
    monkeypatch.setattr("os.replace", full)
    with pytest.raises(StoreError, match="No space left"):
        write_text(tmp_path / "a", "x")
    assert left(tmp_path) == []


@pytest.mark.parametrize("name", ["n" * 255, "東" * 85])
def test_a_name_as_long_as_the_system_allows(tmp_path, name):
    write_text(tmp_path / name, "x")
    assert left(tmp_path) == [name]


def test_readers_see_the_old_or_the_new(tmp_path):
    file, seen = tmp_path / "a", set()
    texts = [character * 100_000 for character in "ab"]
    write_text(file, texts[0])
    stop = threading.Event()

    def read():
        while not stop.is_set():
            seen.add(file.read_text())

    reader = threading.Thread(target=read)
    reader.start()
    for index in range(60):
        write_text(file, texts[index % 2])
    stop.set()
    reader.join()
    assert seen <= set(texts)


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
@pytest.mark.parametrize(
    ("umask", "folder", "file"),
    [
        (0o022, 0o755, 0o644),
        (0o077, 0o700, 0o600),
        (0o002, 0o775, 0o664),
    ],
)
def test_the_umask_says_who_may_read(tmp_path, umask, folder, file):
    before = os.umask(umask)
    try:
        with staged(tmp_path / "out") as stage:
            write_text(stage / "a", "x")
            write_tensors(stage / "b", {"x": torch.ones(1)})
    finally:
        os.umask(before)
    assert (tmp_path / "out").stat().st_mode & 0o777 == folder
    assert (tmp_path / "out/a").stat().st_mode & 0o777 == file
    assert (tmp_path / "out/b").stat().st_mode & 0o777 == file


def test_a_folder_appears_when_it_is_whole(tmp_path):
    out = tmp_path / "deep" / "below" / "out"
    with staged(out) as stage:
        write_text(stage / "a", "x")
        assert not out.exists()
        assert stage.parent == out.parent
    assert left(tmp_path) == ["deep", "deep/below", "deep/below/out", "deep/below/out/a"]


@pytest.mark.parametrize("error", [RuntimeError("oh"), KeyboardInterrupt(), StoreError("full")])
def test_a_folder_that_fails_leaves_nothing(tmp_path, error):
    def work():
        with staged(tmp_path / "deep" / "below" / "out") as stage:
            write_text(stage / "a", "x")
            raise error

    with pytest.raises(type(error)):
        work()
    assert left(tmp_path) == []


def test_an_error_names_the_folder_that_was_to_be(tmp_path, monkeypatch):
    def work():
        with staged(tmp_path / "out") as stage:
            monkeypatch.setattr("os.replace", full)
            write_text(stage / "below" / "a", "x")

    with pytest.raises(StoreError) as caught:
        work()
    assert caught.value.message == f"{tmp_path / 'out' / 'below' / 'a'} cannot be written: No space left on device."


def test_folders_of_others_on_the_way_stay(tmp_path):
    (tmp_path / "mine").mkdir()

    def work():
        with staged(tmp_path / "mine" / "new" / "out"):
            (tmp_path / "mine" / "new" / "other").write_text("another run's")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        work()
    assert left(tmp_path) == ["mine", "mine/new", "mine/new/other"]


def test_an_empty_folder_may_be_taken(tmp_path):
    (tmp_path / "out").mkdir()
    with staged(tmp_path / "out") as stage:
        write_text(stage / "a", "x")
    assert left(tmp_path) == ["out", "out/a"]


def test_what_is_there_is_never_overwritten(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/a").write_text("precious")
    (tmp_path / "file").write_text("precious")
    for name in ("folder", "file"):
        with pytest.raises(StoreError, match="exists already"):
            check_free(tmp_path / name)
        with pytest.raises(StoreError, match="exists already"), staged(tmp_path / name):
            pass
    check_free(tmp_path / "new")
    assert left(tmp_path) == ["file", "folder", "folder/a"]


def test_what_comes_into_being_meanwhile_is_not_overwritten(tmp_path):
    def work():
        with staged(tmp_path / "out") as stage:
            (tmp_path / "out").mkdir()
            (tmp_path / "out/a").write_text("precious")
            (stage / "b").write_text("work")

    with pytest.raises(StoreError, match=r"filled by something else meanwhile; this result is in .*out-2"):
        work()
    assert (tmp_path / "out/a").read_text() == "precious"
    assert (tmp_path / "out-2/b").read_text() == "work"
    assert left(tmp_path) == ["out", "out-2", "out-2/b", "out/a"]


@pytest.mark.parametrize(
    ("number", "free"), [(errno.ENOSPC, True), (errno.EDQUOT, True), (errno.EACCES, False), (errno.EROFS, False)]
)
def test_the_advice_fits_the_trouble(tmp_path, number, free):
    hint = store_error(tmp_path, OSError(number, "no luck")).hint
    assert ("Free some space" in hint) == free
    assert "hoose another folder" in hint


def test_a_folder_that_cannot_be_made(tmp_path, monkeypatch):
    monkeypatch.setattr("pathlib.Path.mkdir", full)
    with pytest.raises(StoreError, match="No space left"), staged(tmp_path / "out"):
        pass
    assert left(tmp_path) == []


def test_default_names_are_unique(tmp_path, monkeypatch):
    """Also among runs that start in one second, and of which none is finished."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(time, "strftime", lambda text: "20260101-000000")
    first = default_run_folder("abcdef0123456789")
    assert first == run_folder.RUNS / "20260101-000000-abcdef01"
    with staged(first):
        second = default_run_folder("abcdef0123456789")
        assert second.name == "20260101-000000-abcdef01-2"
        with staged(second):
            assert default_run_folder("abcdef0123456789").name == "20260101-000000-abcdef01-3"
            assert default_run_folder("1bcdef0123456789").name == "20260101-000000-1bcdef01"
    assert default_run_folder("abcdef0123456789").name == "20260101-000000-abcdef01-3"


def test_the_environment_holds_no_secrets(monkeypatch, tmp_path):
    for name in ("API_TOKEN", "AWS_SECRET_ACCESS_KEY", "HF_TOKEN", "PASSWORD", "PATH"):
        monkeypatch.setenv(name, "hunter2-" + name)
    monkeypatch.setenv("HOME", str(tmp_path / "hunter2-home"))
    facts = environment(torch.device("cpu"), ["gsx 0.1.0", "other 2", "gsx 0.1.0"])
    text = json.dumps(facts)
    assert "hunter2" not in text
    assert os.uname().nodename not in text or len(os.uname().nodename) < 4
    assert set(facts) == {
        "gsx",
        "plugins",
        "python",
        "platform",
        "device",
        "device_name",
        "cpu_count",
        "threads",
        "packages",
    }
    assert facts["plugins"] == ["gsx 0.1.0", "other 2"]
    assert facts["packages"]["torch"]
