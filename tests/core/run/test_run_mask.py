"""A mask in the recipe: read beside the content, brought to its size, kept with the run, and seen by scores."""

import pytest
import torch

from gsx.errors import ContractError, ImageError
from gsx.images import decode, resize_longer, save_png
from gsx.run.job import run_pair
from gsx.run.mask import mask_for, read_mask
from gsx.testing import picture

from .run_toys import build, read

ENTRY = {
    "name": "ablation",
    "score": {"name": "region", "where": "mask"},
    "unit": {"name": "layers", "role": "style"},
    "baseline": "content",
}


def grey(mask):
    return mask.expand(-1, 3, -1, -1)


@pytest.fixture
def right_half(tmp_path):
    """Of the content, 40 rows of 36: the right half, as a file."""
    mask = torch.zeros(1, 1, 40, 36)
    mask[..., 18:] = 1
    save_png(grey(mask), tmp_path / "mask.png")
    return tmp_path / "mask.png"


def test_a_score_sees_it(pair, out, right_half):
    parts = build(input={"mask": str(right_half)}, explainer=[ENTRY], run={"size": 20, "fusion_effect": False})
    result = run_pair(parts, pair, out)
    (explanation,) = result["explanations"]
    assert explanation["status"] == "done", explanation
    made = decode(out / "stylized.png").image
    assert explanation["provenance"]["score"][0] == pytest.approx(made[..., 9:].mean().item(), abs=2 / 255)
    facts = read(out, "inputs.json")["mask"]
    assert facts["original_size"] == [36, 40]
    assert facts["size"] == [18, 20]
    kept = decode(out / "inputs" / "mask.png").image
    assert not kept[..., :9].any()
    assert (kept[..., 9:] == 1).all()
    assert read(out, "recipe.json")["input"]["mask"] == str(right_half)


@pytest.mark.parametrize("entry", [ENTRY, {"name": "dissection"}])
def test_what_needs_one_is_refused_without_it(entry):
    with pytest.raises(ContractError, match="asks for a region of the content, and no mask marks one") as refusal:
        build(explainer=[entry])
    assert "--set input.mask=FILE" in refusal.value.hint


def test_without_one_nothing_is_kept(pair, out):
    run_pair(build(explainer=[{**ENTRY, "score": {"name": "region", "where": "box"}}]), pair, out)
    assert set(read(out, "inputs.json")) == {"content", "style"}
    assert not (out / "inputs" / "mask.png").exists()


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (torch.ones(1, 1, 36, 40), r"input.mask mask.png: the mask has 40 × 36 pixels .* and the content 36 × 40"),
        (torch.zeros(1, 1, 40, 36), "input.mask mask.png: the mask is empty"),
        (torch.ones(1, 1, 40, 36) / 255, "input.mask mask.png: the mask is dark everywhere: .* 1 of 255"),
        (picture(1, (40, 36)), "input.mask mask.png: the mask is a picture in colour"),
    ],
)
def test_what_marks_nothing_is_refused_before_anything_is_computed(pair, out, tmp_path, mask, words):
    save_png(mask.expand(-1, 3, -1, -1), tmp_path / "mask.png")
    with pytest.raises(ContractError, match=words) as refusal:
        run_pair(build(input={"mask": str(tmp_path / "mask.png")}), pair, out)
    assert refusal.value.hint
    assert not out.exists()


def test_a_mask_that_is_not_there(pair, out):
    with pytest.raises(ImageError, match="no-such-mask"):
        run_pair(build(input={"mask": "no-such-mask.png"}), pair, out)


@pytest.mark.parametrize("size", [10, 40, 90])
def test_its_share_of_the_picture_stays(pair, right_half, size):
    content = decode(pair.content)
    _, mask = read_mask(str(right_half), content)
    resized = mask_for(mask, resize_longer(content.image, size))
    assert max(resized.shape[-2:]) == size
    assert 0 <= resized.min() <= resized.max() <= 1
    assert resized.mean().item() == pytest.approx(0.5, abs=1e-6)
