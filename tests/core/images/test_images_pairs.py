"""Listing folders and labelling pairs."""

import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from gsx.errors import ImageError
from gsx.images import Listing, list_images, make_pairs


def picture(path):
    Image.new("RGB", (20, 20)).save(path, "PNG")
    return path


def names(listing):
    return [path.name for path in listing.paths]


def test_a_file_gives_itself_whatever_its_suffix(tmp_path):
    assert list_images(picture(tmp_path / "a.dat")) == Listing((tmp_path / "a.dat",), ())


@pytest.mark.parametrize("skip_bad", [False, True])
def test_a_bad_file_named_by_itself(tmp_path, skip_bad):
    (tmp_path / "t.png").write_text("hello")
    with pytest.raises(ImageError, match=r"t\.png"):
        list_images(tmp_path / "t.png", skip_bad=skip_bad)
    with pytest.raises(ImageError, match="does not exist"):
        list_images(tmp_path / "missing", skip_bad=skip_bad)


def test_folder_in_natural_order(tmp_path):
    ordered = ["1.png", "2 b.png", "10.png", "A2.png", "a10.JPG", "b.png", "漢字.png"]
    for name in reversed(ordered):
        picture(tmp_path / name)
    assert names(list_images(str(tmp_path))) == ordered


def test_what_a_folder_leaves_out(tmp_path):
    picture(tmp_path / "a.png")
    picture(tmp_path / ".hidden.png")
    picture(tmp_path / "picture.txt")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "sub").mkdir()
    picture(tmp_path / "sub" / "deep.png")
    assert list_images(tmp_path) == Listing((tmp_path / "a.png",), ())


def spoil(folder):
    (folder / "cut.jpg").write_bytes(b"\xff\xd8\xff\xe0 cut")
    (folder / "empty.png").touch()
    (folder / "loop.png").symlink_to(folder / "loop.png")
    (folder / "<i>x&y.webp").write_text("hello")
    os.mkfifo(folder / "pipe.gif")
    return {"cut.jpg", "empty.png", "loop.png", "<i>x&y.webp", "pipe.gif"}


def test_bad_pictures_are_all_named_in_one_error(tmp_path):
    picture(tmp_path / "good.png")
    bad = spoil(tmp_path)
    with pytest.raises(ImageError) as caught:
        list_images(tmp_path)
    assert "5 of 6" in caught.value.message
    assert "good.png" not in caught.value.message
    for name in bad:
        assert name in caught.value.message
    assert "empty (0 bytes)" in caught.value.message
    assert "back to itself" in caught.value.message


def test_bad_pictures_are_skipped_with_their_reasons(tmp_path):
    picture(tmp_path / "good.png")
    bad = spoil(tmp_path)
    listing = list_images(tmp_path, skip_bad=True)
    assert names(listing) == ["good.png"]
    assert {item.path.name for item in listing.skipped} == bad
    assert all(item.path.name in item.reason for item in listing.skipped)


def test_all_bad(tmp_path):
    spoil(tmp_path)
    with pytest.raises(ImageError, match="none can be used"):
        list_images(tmp_path, skip_bad=True)


def test_empty_folder(tmp_path):
    with pytest.raises(ImageError, match="no pictures"):
        list_images(tmp_path)
    (tmp_path / "photo.heic").touch()
    with pytest.raises(ImageError, match=r"photo\.heic"):
        list_images(tmp_path, skip_bad=True)


def test_unlistable_folder(tmp_path, monkeypatch):
    def denied(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "listdir", denied)
    with pytest.raises(ImageError, match="cannot be listed: Permission denied"):
        list_images(tmp_path)


def labels(contents, styles):
    return [pair.label for pair in make_pairs([Path(c) for c in contents], [Path(s) for s in styles])]


def test_every_pair_contents_outermost():
    pairs = make_pairs([Path("c/a.png"), Path("c/b.png")], [Path("s/x.jpg"), Path("s/y.jpg")])
    assert [pair.label for pair in pairs] == ["a__x", "a__y", "b__x", "b__y"]
    assert (pairs[1].content, pairs[1].style) == (Path("c/a.png"), Path("s/y.jpg"))
    assert make_pairs([], [Path("x")]) == ()


def test_collisions_are_numbered():
    assert labels(["a.png", "a.jpg", "A.gif"], ["s.png"]) == ["a__s", "a__s-2", "A__s-3"]
    assert labels(["a.png", "a.jpg"], ["s-2.png", "s.png"]) == ["a__s-2", "a__s", "a__s-2-2", "a__s-3"]
    assert labels(["a__b.png", "a.png"], ["c.png", "b__c.png"])[0::3] == ["a__b__c", "a__b__c-2"]


def test_labels_keep_unicode_and_drop_danger():
    assert labels(["été 漢字.png"], ["ñ.png"]) == ["été 漢字__ñ"]
    assert labels(["e\u0301.png"], ["x.png"]) == ["\u00e9__x"]
    assert labels(["<script>a&b</script>.png"], ["..x.png"]) == ["script>__x".replace("script>", "script_")]
    assert labels(["a\nb\x1b.png"], ["-rf.png"]) == ["a_b___rf"]
    assert labels(["...png"], [os.fsdecode(b"\xff.png")]) == ["image___"]


def test_long_stems_are_cut_between_characters():
    assert labels(["é" * 100 + ".png"], ["x" + "é" * 100 + ".png"]) == ["é" * 40 + "__x" + "é" * 39]


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    contents=st.lists(st.text(max_size=150), max_size=4), styles=st.lists(st.text(max_size=150), min_size=1, max_size=4)
)
def test_labels_are_unique_safe_and_short(tmp_path_factory, contents, styles):
    found = labels(contents, styles)
    assert len(found) == len(contents) * len(styles)
    assert len({unicodedata.normalize("NFC", label).casefold() for label in found}) == len(found)
    folder = tmp_path_factory.mktemp("labels")
    for label in found:
        assert len(label.encode()) <= 180
        assert not label.startswith((".", "-", " "))
        assert not set(label) & set('/\\<>:"|?*')
        assert all(unicodedata.category(char) != "Cc" for char in label)
        (folder / label).mkdir()
    assert sorted(os.listdir(folder)) == sorted(found)
