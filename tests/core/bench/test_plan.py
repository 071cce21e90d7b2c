"""Every combination is loaded and checked before anything is computed."""

import shutil

import pytest

from gsx.errors import ContractError, RecipeError


def labels(plan, **wanted):
    return [cell.label for cell in plan.cells if all(getattr(cell, name) == value for name, value in wanted.items())]


def test_controls_first_then_every_combination_with_every_seed(bench):
    plan = bench.plan(fusion=["adain", "wct"], seeds=2)
    assert labels(plan) == ["content untouched", "style itself", "adain", "adain", "wct", "wct"]
    assert [cell.seed for cell in plan.cells if cell.control is None] == [0, 1, 0, 1]
    assert len({cell.key for cell in plan.cells}) == 6


def test_what_the_contracts_refuse_is_skipped_with_the_reason(bench):
    plan = bench.plan(
        extractor=["vgg19", "resnet18"], generator=["resnet"], sets=["generator.weights=bundled"], fusion=["adain"]
    )
    (refused,) = [cell for cell in plan.cells if cell.skipped]
    assert refused.coordinates["extractor"] == "resnet18"
    assert "no trained checkpoint for extractor 'resnet18'" in refused.skipped


def test_a_combination_without_the_option_is_skipped(bench):
    plan = bench.plan(fusion=["adain", "content"], grid={"fusion.alpha": [0.5, 1.0]})
    assert labels(plan, skipped=None)[2:] == ["adain, fusion.alpha 0.5", "adain, fusion.alpha 1.0"]
    assert sum("no such option" in (cell.skipped or "") for cell in plan.cells) == 2


@pytest.mark.parametrize(
    "axes",
    [
        {"fusion": ["adian", "wct"]},
        {"extractor": ["vgg91"], "fusion": ["wct"]},
        {"grid": {"fusion.alhpa": [0.5]}},
        {"fusion": ["adain", "wct"], "grid": {"fusion.alpha": [0.5, 7.0]}},
    ],
)
def test_what_is_valid_nowhere_is_an_error_at_once(bench, axes):
    with pytest.raises(RecipeError):
        bench.plan(**axes)


def test_where_nothing_fits_the_first_refusal_is_raised(bench):
    with pytest.raises(ContractError):
        bench.plan(extractor=["vgg19"], sets=["extractor.layers=[relu1_1]", "generator.name=unet"])


def test_a_key_follows_recipe_pictures_and_metrics(bench):
    def key(**more):
        return bench.by_label(bench.plan(fusion=["adain"], **more), "adain").key

    first = key()
    assert first == key()
    assert first != key(sets=["fusion.alpha=0.5"])
    assert first != key(flags={"metric": ["ssim"]})
    assert first != key(flags={"run.size": 48})
    picture = bench.place / "style" / "style3.png"
    picture.write_bytes((bench.place / "style" / "style4.png").read_bytes())
    assert first != key()


def test_a_metric_whose_network_comes_later_is_measured_again(bench, tmp_path, monkeypatch):
    """As where `gsx weights fetch lpips-alex` follows a benchmark that went without."""

    def key(*sets, metric):
        return bench.by_label(bench.plan(fusion=["adain"], sets=sets, flags={"metric": [metric]}), "adain").key

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    without = key(metric="lpips")
    backbone = tmp_path / "hub" / "checkpoints" / "alexnet-owt-7be5be79.pth"
    backbone.parent.mkdir(parents=True)
    backbone.touch()
    assert key(metric="lpips") != without
    imagenet = ("metric.kid.judge_weights=imagenet",)
    without = key(*imagenet, metric="kid")
    monkeypatch.setattr("gsx.bench.fingerprints.extractor_weights", lambda chosen: None)
    assert key(*imagenet, metric="kid") != without


def test_cells_that_share_an_extractor_ask_for_the_same_layers(bench):
    plan = bench.plan(
        generator=["resnet", "unet"], flags={"metric": ["style-distance"]}, sets=["generator.weights=random"]
    )
    assert len({tuple(cell.job["layers"]) for cell in plan.cells}) == 1


def test_a_component_of_an_axis_may_bring_options(bench):
    few = {"name": "pixels", "iterations": 3, "style_weight": 0.0}
    plan = bench.plan(generator=["resnet", few])
    assert labels(plan)[2:] == ["resnet", "pixels (iterations 3, style_weight 0.0)"]
    recipe = plan.cells[-1].job["recipe"]
    assert (recipe["generator"]["iterations"], recipe["generator"]["style_weight"]) == (3, 0.0)
    assert plan.cells[-1].record("done", None)["coordinates"] == {
        "generator": "pixels (iterations 3, style_weight 0.0)"
    }


def test_checkpoints_bring_their_generators(bench):
    from gsx.weights.registry import installed_registry

    files = {entry.component: str(entry.bundled_path()) for entry in installed_registry() if entry.kind == "generator"}
    plan = bench.plan(checkpoints=[files["resnet"], files["unet"]])
    generators = [cell.job["recipe"]["generator"]["name"] for cell in plan.cells if cell.control is None]
    assert generators == ["resnet", "unet"]


def test_two_names_for_one_recipe_are_one_cell(bench):
    plan = bench.plan(grid={"generator.weights": ["auto", "bundled"]}, generator=["resnet"])
    assert len(plan.cells) == 2 + 1
    assert plan.same == (("generator.weights auto", "generator.weights bundled"),)


def test_an_option_of_opposite_meanings_is_told(bench):
    axes = {"fusion": ["adain", "weighted-sum"]}
    (caution,) = bench.plan(**axes, grid={"fusion.alpha": [0.5, 1.0]}).cautions
    assert "fusion.alpha is no common scale: more of it is more style in adain, and less in weighted-sum" in caution
    assert bench.plan(**axes, grid={"run.strength": [0.5, 1.0]}).cautions == ()
    assert bench.plan(fusion=["adain", "wct"], grid={"fusion.alpha": [0.5, 1.0]}).cautions == ()


def test_copies_of_a_picture_are_told(bench):
    shutil.copy(bench.place / "style" / "style3.png", bench.place / "style" / "again.png")
    (caution,) = bench.plan().cautions
    assert "style again, style3 are the same file 2 times" in caution


def test_explainers_only_where_they_are_named(bench, tmp_path):
    assert bench.by_label(bench.plan(fusion=["adain"]), "adain").job["recipe"]["explainer"] == []
    file = tmp_path / "recipe.toml"
    file.write_text('[[explainer]]\nname = "gradcam"\n[bench]\nfusion = ["adain"]\n')
    explained = bench.by_label(bench.plan(file=file), "adain").job["recipe"]["explainer"]
    assert [one["name"] for one in explained] == ["gradcam"]


def test_a_mask_is_refused(bench):
    with pytest.raises(RecipeError, match="several"):
        bench.plan(fusion=["adain"], sets=["input.mask=mask.png"])


def test_controls_of_one_network_seen_in_two_ways_are_told_apart(bench):
    smoothed = {"name": "vgg19", "smoothing": "softmax", "temperature": 30.0}
    plan = bench.plan(extractor=["vgg19", smoothed], generator=[{"name": "pixels", "iterations": 1}])
    controls = [cell.record("done", None)["coordinates"] for cell in plan.cells if cell.control == "content"]
    assert controls == [{"extractor": "vgg19"}, {"extractor": "vgg19 (smoothing softmax, temperature 30.0)"}]
