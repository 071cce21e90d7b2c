"""Listing, splitting and cropping of training pictures."""

import shutil
import threading

import pytest
import torch

from gsx.errors import ImageError
from gsx.images import decode, save_png
from gsx.training.data import PictureStore, split_pictures
from gsx.training.sampler import CropSampler

from .distilling.training_fakes import make_pictures


def split(folders, held_out=("picture_7.png",), share=0.0, budget=64, longest=768):
    return split_pictures(folders, list(held_out), share, PictureStore(budget, longest))


def names(pictures):
    return [picture.path.name for picture in pictures]


def test_held_out_by_name(tmp_path):
    made = split([make_pictures(tmp_path / "a")], ["picture_[67].png"])
    assert names(made.held_out) == ["picture_6.png", "picture_7.png"]
    assert names(made.train) == [f"picture_{n}.png" for n in range(6)]


def test_held_out_folder_is_listed_and_never_trained_on(tmp_path):
    train, apart = make_pictures(tmp_path / "a", 3), make_pictures(tmp_path / "b", 2, seed=1)
    made = split([train], [str(apart)])
    assert {picture.folder for picture in made.held_out} == {"b"}
    assert len(made.train) == 3


def test_held_out_share_follows_the_bytes_and_not_the_name(tmp_path):
    folder = make_pictures(tmp_path / "a", 30)
    made = split([folder], share=0.3)
    other = tmp_path / "b"
    other.mkdir()
    for number, path in enumerate(sorted(folder.iterdir(), reverse=True)):
        shutil.copy(path, other / f"{number}.png")
    again = split([other], held_out=(), share=0.3)
    hashes = {picture.sha256 for picture in made.held_out if picture.path.name != "picture_7.png"}
    assert hashes == {picture.sha256 for picture in again.held_out} - {
        picture.sha256 for picture in made.held_out if picture.path.name == "picture_7.png"
    }
    assert 0 < len(hashes) < 20


def test_a_file_that_occurs_twice_counts_once(tmp_path):
    one = make_pictures(tmp_path / "a", 8)
    two = make_pictures(tmp_path / "b", 8)  # the same bytes
    made = split([one, two])
    assert len(made.train) + len(made.held_out) == 8


def test_a_glob_that_names_nothing_is_refused(tmp_path):
    with pytest.raises(ImageError, match="nothing_"):
        split([make_pictures(tmp_path / "a")], ["picture_7.png", "nothing_*"])


@pytest.mark.parametrize("held_out", [(), ("picture_*",)])
def test_nothing_left_on_one_side_is_refused(tmp_path, held_out):
    with pytest.raises(ImageError, match="none is left"):
        split([make_pictures(tmp_path / "a")], held_out)


def test_a_folder_without_pictures_is_refused(tmp_path):
    with pytest.raises(ImageError, match="no pictures"):
        split([tmp_path])
    with pytest.raises(ImageError, match="cannot be listed"):
        split([tmp_path / "none"])


def test_the_store_gives_the_same_picture_within_and_beyond_its_budget(tmp_path):
    folder = make_pictures(tmp_path / "a", 3)
    kept, none = PictureStore(64, 768), PictureStore(0, 768)
    paths = sorted(folder.iterdir())
    assert list(kept.add(paths)) == list(none.add(paths))
    for path in paths:
        assert torch.equal(kept[path], none[path])
        assert torch.equal(kept[path].float().div(255), decode(path).image[0])


def test_the_store_reduces_large_pictures(tmp_path):
    save_png(torch.rand(1, 3, 100, 50), tmp_path / "large.png")
    assert PictureStore(1, 64)[tmp_path / "large.png"].shape == (3, 64, 32)


@pytest.fixture
def sampler(tmp_path):
    store = PictureStore(64, 768)
    made = split_pictures([make_pictures(tmp_path / "a")], ["picture_7.png"], 0.0, store)
    return CropSampler(made.train, store, crop=32, seed=3)


def test_batches_are_pictures(sampler):
    batch = sampler.batch(0, 5)
    assert batch.shape == (5, 3, 32, 32)
    assert batch.dtype == torch.float32
    assert batch.min() >= 0
    assert batch.max() <= 1


def test_samples_depend_on_their_number_only(sampler):
    late = sampler.batch(20, 2)
    assert torch.equal(sampler.batch(0, 22)[20:], late)
    assert not torch.equal(sampler.sample(0), sampler.sample(7))


def test_another_view_is_another_crop_of_the_same_picture(tmp_path):
    ramp = torch.linspace(0, 0.1, 60).expand(3, 40, 60)
    for number in range(4):  # a darkest value each, and a ramp that tells where a crop was cut
        save_png((ramp + number / 4)[None], tmp_path / f"{number}.png")
    store = PictureStore(64, 768)
    made = split_pictures([tmp_path], [], 0.0, store, both_sides=False)
    sampler = CropSampler(made.train, store, crop=32, seed=3)
    first, second = sampler.batch(0, 4), sampler.batch(0, 4, view=1)
    assert not torch.equal(first, second)
    assert torch.equal((first.mean((1, 2, 3)) * 4).floor(), (second.mean((1, 2, 3)) * 4).floor())


def test_each_round_takes_every_picture_once_in_another_order(sampler, monkeypatch):
    rounds = [sampler._order(number) for number in range(3)]
    assert all(sorted(order) == list(range(7)) for order in rounds)
    assert rounds[0] != rounds[1]


def test_a_picture_that_cannot_be_read_any_more(sampler, tmp_path):
    lost = sampler.pictures[sampler._order(0)[2]].path
    lost.unlink()
    store = PictureStore(0, 768)
    fresh = CropSampler(sampler.pictures, store, crop=32, seed=3)
    batch = fresh.batch(0, 7)
    assert batch.shape == (7, 3, 32, 32)
    assert list(fresh.lost) == [lost]
    for picture in sampler.pictures:
        picture.path.unlink(missing_ok=True)
    with pytest.raises(ImageError, match="none of the 7 pictures can be read any more"):
        fresh.batch(0, 1)


def test_what_is_fetched_ahead_is_decoded_elsewhere_and_changes_nothing(sampler, monkeypatch):
    """Samples 7 to 9 begin the second round; the fetched ones are not decoded again, whichever view asks for them."""
    store, decoders = PictureStore(0, 768), []

    def noted(path):
        decoders.append(threading.current_thread().name)
        return decode(path)

    monkeypatch.setattr("gsx.training.data.decode", noted)
    ahead = CropSampler(sampler.pictures, store, crop=32, seed=3)
    ahead.fetch(range(5, 10))
    assert torch.equal(ahead.batch(5, 5), sampler.batch(5, 5))
    assert torch.equal(ahead.batch(5, 5, view=1), sampler.batch(5, 5, view=1))
    assert len(decoders) == len({ahead._order(n // 7)[n % 7] for n in range(5, 10)})
    assert all(name.startswith("gsx-decode") for name in decoders)
    assert torch.equal(ahead.batch(0, 2), sampler.batch(0, 2)), "not fetched, so decoded here"


def test_a_fetched_picture_that_is_damaged_is_passed_over(sampler):
    store = PictureStore(0, 768)
    ahead = CropSampler(sampler.pictures, store, crop=32, seed=3)
    lost = sampler.pictures[sampler._order(0)[2]].path
    lost.write_bytes(lost.read_bytes()[:60])
    ahead.fetch(range(4))
    assert ahead.batch(0, 4).shape == (4, 3, 32, 32)
    assert list(ahead.lost) == [lost]


def test_another_seed_gives_other_samples(sampler):
    other = CropSampler(sampler.pictures, sampler.store, crop=32, seed=4)
    assert not torch.equal(sampler.batch(0, 4), other.batch(0, 4))


def test_pictures_smaller_than_the_crop_are_enlarged(tmp_path):
    store = PictureStore(64, 768)
    made = split_pictures([make_pictures(tmp_path / "a")], ["picture_7.png"], 0.0, store)
    assert CropSampler(made.train, store, crop=64, seed=0).batch(0, 8).shape == (8, 3, 64, 64)


def test_gauges_get_their_styles_out_of_a_small_folder(tmp_path):
    """5 % of 36 pictures are two or so; the least is held out, up to a quarter, and what the share takes is in it."""
    folder = make_pictures(tmp_path / "many", 36)
    usual = split_pictures([folder], [], 0.05, PictureStore(64, 768))
    for least, expected in ((6, 6), (16, 9)):
        more = split_pictures([folder], [], 0.05, PictureStore(64, 768), least=least)
        assert len(more.held_out) == max(expected, len(usual.held_out))
        assert set(usual.held_out) <= set(more.held_out)
    none = split_pictures([folder], [], 0.0, PictureStore(64, 768), both_sides=False, least=16)
    assert none.held_out == (), "a share of 0 says that none is wanted"


def test_another_sample_is_of_another_picture(sampler):
    count = len(sampler.pictures)

    def picture(number):
        round_, place = divmod(number, count)
        return sampler._order(round_)[place]

    for number in range(5 * count):
        other = sampler.another(number, ahead=4)
        assert picture(other) != picture(number)
        assert number + 4 <= other < number + 4 + 2 * count
    assert any(picture(number + 4) == picture(number) for number in range(5 * count)), "else it holds nothing"
