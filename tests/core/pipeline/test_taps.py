"""Taps: an edit acts in the pass that it names, and nothing of it stays."""

import pytest
import torch

import gsx
from gsx.api import Address, ContractError

from .pipeline_toys import LAYOUT, Decoder, TwoLayers, mean_shift, picture

CONTENT, STYLE = picture(16, 12, seed=1), picture(8, 20, seed=2)
ROLES = ("content", "style", "stylized")


@pytest.fixture
def parts():
    return gsx.Pipeline(TwoLayers(), mean_shift, Decoder(), layout=LAYOUT)


def run(parts, edits):
    with parts.taps.installed(edits):
        outputs = parts(CONTENT, STYLE)
        assert outputs.stylized_maps
    return outputs


def hooks(parts):
    return sum(len(module._forward_hooks) for module in parts.modules["extractor"].modules())


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("layer", "inside"), [("shallow", True), ("deep", True), ("deep", False)])
def test_an_edit_acts_in_its_own_pass_only(parts, role, layer, inside):
    plain = run(parts, {})
    edited = run(parts, {Address("extractor", layer, role, inside): lambda maps: maps + 1})
    for other, before, after in zip(
        ROLES, (plain.content_maps, plain.style_maps, None), (edited.content_maps, edited.style_maps, None), strict=True
    ):
        if before is None:
            continue
        same = torch.equal(before["deep"], after["deep"]) and torch.equal(before["shallow"], after["shallow"])
        assert same == (other != role)
    assert torch.equal(plain.stylized, edited.stylized) == (role == "stylized")
    if role == "stylized":
        torch.testing.assert_close(edited.stylized_maps[layer], plain.stylized_maps[layer] + 1)


def test_inside_the_network_an_edit_reaches_deeper_layers(parts):
    plain = run(parts, {})
    edited = run(parts, {Address("extractor", "shallow", "stylized", inside=True): torch.zeros_like})
    assert not edited.stylized_maps["shallow"].any()
    extractor = parts.modules["extractor"]
    assert torch.equal(edited.stylized_maps["deep"], extractor.second(torch.zeros(1, 4, 8, 6)))
    assert not torch.equal(edited.stylized_maps["deep"], plain.stylized_maps["deep"])


def test_where_a_map_leaves_only_its_readers_see_the_edit(parts):
    plain = run(parts, {})
    edited = run(parts, {Address("extractor", "shallow", "stylized"): torch.zeros_like})
    assert not edited.stylized_maps["shallow"].any()
    assert torch.equal(edited.stylized_maps["deep"], plain.stylized_maps["deep"])
    assert hooks(parts) == 0


def test_inside_where_no_submodule_makes_the_map_is_refused():
    parts = gsx.Pipeline(TwoLayers(), mean_shift, Decoder(), layout=LAYOUT)
    parts.modules["extractor"].layer_modules = {}
    with pytest.raises(ContractError, match="no submodule of the extractor makes the map 'shallow'"):
        run(parts, {Address("extractor", "shallow", "style", inside=True): torch.zeros_like})


def test_a_path_of_a_submodule(parts):
    """first.0 is the convolution before the ReLU."""
    seen = []
    run(parts, {Address("extractor", "first.0", "style"): lambda maps: seen.append(maps)})
    assert len(seen) == 1
    assert torch.equal(seen[0], parts.modules["extractor"].first[0](STYLE))


@pytest.mark.parametrize(("call", "role"), [(0, "style"), (1, "content"), (2, "stylized")])
@pytest.mark.parametrize("inside", [True, False])
def test_a_call_by_number(call, role, inside):
    parts = gsx.Pipeline(TwoLayers(), mean_shift, Decoder(), layout=LAYOUT)
    by_number = run(parts, {Address("extractor", "shallow", call, inside): lambda maps: maps * 2})
    by_role = run(parts, {Address("extractor", "shallow", role, inside): lambda maps: maps * 2})
    plain = run(parts, {})
    assert torch.equal(by_number.stylized, by_role.stylized)
    assert torch.equal(by_number.stylized_maps["deep"], by_role.stylized_maps["deep"])
    changed = not torch.equal(by_role.stylized, plain.stylized)
    assert changed == (inside and role != "stylized"), "outside, shallow is not what the fusion reads"


def test_several_roles_at_once(parts):
    seen = {}

    def reader(role):
        def read(maps):
            seen[role] = maps

        return read

    outputs = run(parts, {Address("extractor", "deep", role): reader(role) for role in ROLES})
    assert torch.equal(seen["content"], outputs.content_maps["deep"])
    assert torch.equal(seen["style"], outputs.style_maps["deep"])
    assert torch.equal(seen["stylized"], outputs.stylized_maps["deep"])


def test_what_a_generator_extracts_is_nobodys_pass():
    seen = []

    def generate(fused, content, context):
        context.extract(content * 0, ["deep"])
        return content

    parts = gsx.Pipeline(TwoLayers(), mean_shift, generate, layout=LAYOUT)
    run(parts, {Address("extractor", "deep", role): lambda maps: seen.append(maps) for role in ROLES})
    assert len(seen) == 3


def test_the_padded_content_is_the_contents_pass():
    """Where a picture is padded, its own maps are extracted once more; that is nobody's pass."""
    seen = []
    parts = gsx.Pipeline(TwoLayers(), mean_shift, Decoder(), layout=LAYOUT, multiple=8)
    run(parts, {Address("extractor", "deep", "content"): lambda maps: seen.append(maps.shape)})
    assert seen == [(1, 6, 8, 8)]


def test_fused_maps(parts):
    plain = run(parts, {})
    edited = run(parts, {Address("fusion", "deep", "stylized"): lambda maps: maps * 0})
    assert not edited.fused["deep"].any()
    assert not torch.equal(plain.stylized, edited.stylized)


def test_generator_units(parts):
    seen = []
    run(parts, {Address("generator", "out", "stylized"): lambda maps: seen.append(maps.shape)})
    assert seen == [(1, 3, 8, 6)]


def test_nesting(parts):
    with parts.taps.installed({Address("extractor", "deep", "content"): lambda maps: maps + 1}):
        inner = run(parts, {Address("extractor", "deep", "style"): lambda maps: maps + 2})
        outer = parts(CONTENT, STYLE)
    plain = parts(CONTENT, STYLE)
    torch.testing.assert_close(inner.content_maps["deep"], plain.content_maps["deep"] + 1)
    torch.testing.assert_close(inner.style_maps["deep"], plain.style_maps["deep"] + 2)
    torch.testing.assert_close(outer.content_maps["deep"], plain.content_maps["deep"] + 1)
    assert torch.equal(outer.style_maps["deep"], plain.style_maps["deep"])


def test_hooks_go_also_after_an_error(parts):
    plain = parts(CONTENT, STYLE)

    def fail(maps):
        raise RuntimeError("in the hook")

    for role in ROLES:
        with pytest.raises(RuntimeError, match="in the hook"):
            run(
                parts,
                {
                    Address("extractor", "shallow", "content"): lambda maps: maps * 2,
                    Address("extractor", "deep", role): fail,
                },
            )
        assert hooks(parts) == 0
        assert torch.equal(parts(CONTENT, STYLE).stylized, plain.stylized)


def test_hooks_go_when_one_cannot_be_installed(parts):
    with pytest.raises(ContractError, match="no component is called 'extractr'") as caught:
        run(
            parts,
            {
                Address("extractor", "deep", "content"): lambda maps: maps * 2,
                Address("extractr", "deep", "content"): lambda maps: maps,
            },
        )
    assert "Did you mean 'extractor'" in caught.value.hint
    assert hooks(parts) == 0


def test_hooks_of_others_stay(parts):
    calls = []
    handle = parts.modules["extractor"].second.register_forward_hook(lambda *given: calls.append(1))
    run(parts, {Address("extractor", "deep", "content"): lambda maps: maps * 2})
    assert len(calls) == 3
    assert hooks(parts) == 1
    handle.remove()
