"""Defaults < file < flags < --set, and how --set is read."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsx.errors import RecipeError
from gsx.pipeline.load import load
from gsx.recipe.defaults import defaults
from gsx.recipe.merge import apply_set, choose, choose_list, merge_file, parse_value
from gsx.recipe.toml import read_toml

FILE = """
[extractor]
name = "vgg19"
weights = "random"
[fusion]
name = "weighted-sum"
alpha = 0.5
[generator]
name = "pixels"
iterations = 7
[run]
size = 64
seed = 5
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "recipe.toml"
    path.write_text(FILE)
    return path


def test_each_source_goes_over_the_last(file: Path):
    assert load().recipe.run.size == 256
    assert load(file).recipe.run.size == 64
    assert load(file, flags={"run.size": 32}).recipe.run.size == 32
    assert load(file, flags={"run.size": 32}, sets=["run.size=48"]).recipe.run.size == 48
    loaded = load(file, flags={"run.size": None}, sets=["run.seed=9", "run.seed=11"]).recipe
    assert (loaded.run.size, loaded.run.seed) == (64, 11)


def test_a_table_goes_over_the_file(file: Path):
    recipe = load(file, tables={"fusion": {"alpha": 0.25}, "run": {"size": 96}}).recipe
    assert (recipe.parts.fusion.name, recipe.parts.fusion.options.alpha) == ("weighted-sum", 0.25)
    assert (recipe.run.size, recipe.run.seed) == (96, 5)


def test_options_of_another_component_are_not_carried_over(file: Path):
    assert load(file).recipe.parts.fusion.options.alpha == 0.5
    for other in (
        load(file, flags={"fusion": "adain"}),
        load(file, tables={"fusion": {"name": "adain"}}),
        load(file, sets=["fusion.name=adain"]),
    ):
        assert other.recipe.parts.fusion.name == "adain"
        assert other.recipe.parts.fusion.options.alpha == 1.0
    same = load(file, flags={"fusion": "weighted-sum", "generator": "pixels"}).recipe.parts
    assert (same.fusion.options.alpha, same.generator.options.iterations) == (0.5, 7)


def test_a_list_in_a_file_replaces_the_list():
    raw = defaults()
    merge_file(raw, {"metric": [{"name": "ssim"}], "explainer": []}, source="x")
    assert (raw["metric"], raw["explainer"]) == ([{"name": "ssim"}], [])


def test_a_flag_for_a_list_keeps_the_options_of_those_it_names():
    raw = defaults()
    raw["explainer"] = [{"name": "gradcam", "sign": "positive"}, {"name": "gradcam", "id": "again", "baseline": "zero"}]
    choose_list(raw, "explainer", ["ablation", "again", "gradcam"])
    assert raw["explainer"] == [
        {"name": "ablation"},
        {"name": "gradcam", "id": "again", "baseline": "zero"},
        {"name": "gradcam", "sign": "positive"},
    ]


def test_the_loss_flag_replaces_only_the_role_that_it_names(file: Path):
    tables = {"loss": [{"name": "content"}, {"name": "gram", "weight": 10}]}
    recipe = load(file, tables=tables, flags={"loss": "hinge"}).recipe
    assert recipe.parts.adversarial is not None
    assert recipe.parts.adversarial.name == "hinge"
    assert [loss.name for loss in recipe.parts.losses] == ["content", "gram"]
    recipe = load(file, tables=tables, flags={"loss": "tv"}).recipe
    assert [loss.name for loss in recipe.parts.losses] == ["content", "gram", "tv"]
    assert recipe.parts.adversarial is None


def test_set_reaches_list_entries_by_name_or_id(file: Path):
    tables = {"loss": [{"name": "gram"}, {"name": "gram", "id": "deep", "layers": ["relu5_1"]}]}
    recipe = load(file, tables=tables, sets=["loss.gram.weight=10", "loss.deep.reduction=mean", "loss.deep.weight=2"])
    weights = {name: term.weight for name, term in recipe.recipe.loss_weights.items()}
    assert weights == {"gram": 10.0, "deep": 2.0}
    assert [loss.options.reduction for loss in recipe.recipe.parts.losses] == ["sum", "mean"]


def test_set_reaches_into_scores_and_units(file: Path):
    sets = [
        "explainer.gradcam.unit.layer=relu3_1",
        "explainer.gradcam.score=style@relu2_1,relu3_1",
        "explainer.gradcam.score.statistic=gram",
    ]
    (part,) = load(file, sets=sets).recipe.parts.explainers
    assert part.unit.options.layer == "relu3_1"
    assert (part.score.name, part.score.options.layers) == ("style", ("relu2_1", "relu3_1"))
    assert part.score.options.statistic == "gram"


def test_set_reaches_every_entry_of_a_component_where_no_id_is_meant(file: Path):
    tables = {"explainer": [{"name": "gradcam", "id": "a"}, {"name": "gradcam", "id": "b"}]}
    sets = ["explainer.gradcam.sign=positive", "explainer.b.unit.layer=relu3_1"]
    first, second = load(file, tables=tables, sets=sets).recipe.parts.explainers
    assert (first.explainer.options.sign, second.explainer.options.sign) == ("positive", "positive")
    assert (first.unit.options.layer, second.unit.options.layer) == (None, "relu3_1")


def test_every_explainer_gets_every_score(file: Path):
    flags = {"explainer": ["gradcam", "ablation"], "explainer.score": ["style@relu4_1", "loss:gram@relu4_1"]}
    parts = load(file, flags=flags).recipe.parts.explainers
    assert [part.id for part in parts] == [
        "gradcam-style-relu4_1",
        "gradcam-loss-gram-relu4_1",
        "ablation-style-relu4_1",
        "ablation-loss-gram-relu4_1",
    ]
    assert [part.score.name for part in parts] == ["style", "loss:gram"] * 2
    assert all(part.score.options.layers == ("relu4_1",) for part in parts)


def test_a_score_flag_keeps_the_options_of_the_same_score_and_the_baseline_that_goes_with_it(file: Path):
    entry = {"name": "gradcam", "baseline": "mean", "score": {"name": "style", "statistic": "gram"}}
    flags = {"explainer.score": ["style@relu4_1", "content"]}
    same, other = load(file, tables={"explainer": [entry]}, flags=flags).recipe.parts.explainers
    assert (same.score.options.statistic, same.score.options.layers, same.baseline) == ("gram", ("relu4_1",), "mean")
    assert (other.score.name, other.baseline) == ("content", other.score.spec.baseline)
    assert entry["score"] == {"name": "style", "statistic": "gram"}, "the caller's tables are left alone"


def test_a_unit_flag_keeps_the_options_of_the_same_unit(file: Path):
    tables = {"explainer": [{"name": "ablation", "unit": {"name": "channels", "layer": "relu3_1"}}]}
    (same,) = load(file, tables=tables, flags={"explainer.unit": "channels"}).recipe.parts.explainers
    (other,) = load(file, tables=tables, flags={"explainer.unit": "layers"}).recipe.parts.explainers
    assert same.unit.options.layer == "relu3_1"
    assert other.unit.name == "layers"


def test_a_resolved_recipe_is_a_recipe(tmp_path: Path, file: Path):
    recipe = load(file, sets=["fusion.alpha=0.5", "explainer.gradcam.unit.layer=relu3_1"]).recipe
    (tmp_path / "recipe.json").write_text(json.dumps(recipe.canonical()), encoding="utf-8")
    assert load(tmp_path / "recipe.json").recipe == recipe


@pytest.mark.parametrize("text", ["[]", "3", "{", "", "[" * 100_000])
def test_json_that_is_no_recipe(tmp_path: Path, text: str):
    (tmp_path / "recipe.json").write_text(text)
    with pytest.raises(RecipeError, match=r"recipe\.json (holds no tables|is not valid JSON)"):
        load(tmp_path / "recipe.json")


def test_set_of_another_name_forgets_the_nested_options(file: Path):
    sets = ["explainer.gradcam.score.layers=[relu3_1]", "explainer.gradcam.score.name=style"]
    (part,) = load(file, sets=sets).recipe.parts.explainers
    assert part.score.name == "style"
    assert part.score.options.layers is None


def test_the_callers_tables_are_left_alone(file: Path):
    tables: dict[str, Any] = {
        "fusion": {"name": "weighted-sum", "weights": {"relu4_1": 1.0}},
        "explainer": [{"name": "gradcam", "score": {"name": "style"}}],
    }
    before = copy.deepcopy(tables)
    load(file, tables=tables, sets=["fusion.weights.relu3_1=0.5", "explainer.gradcam.score.layers=[relu4_1]"])
    assert tables == before


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("fusion.alpha", "is not of the form section.option=value"),
        ("alpha=1", "is not of the form section.option=value"),
        ("fusion..alpha=1", "is not of the form section.option=value"),
        ("=1", "is not of the form section.option=value"),
        ("fussion.alpha=1", "no section is called 'fussion'"),
        ("loss.gram=1", "the recipe has no loss called 'gram'"),
        ("loss.gram.weight=1", "the recipe has no loss called 'gram'.\nIt has none at all"),
        ("explainer.gradcamm.sign=both", "the recipe has no explainer called 'gradcamm'"),
        ("explainer.gradcam=1", "say which option, as in explainer.gradcam.option=value"),
        ("discriminator.norm=none", "the recipe has no discriminator"),
        ("fusion.alpha.beta.gamma=1", "'beta' is not a table of options"),
    ],
)
def test_what_set_refuses(assignment: str, message: str):
    raw = defaults()
    raw["fusion"] = {"name": "x", "alpha": {"beta": 1}}
    with pytest.raises(RecipeError, match=message.replace(".", r"\.")) as refusal:
        apply_set(raw, assignment)
    assert assignment in refusal.value.message


def test_refusals_know_what_was_meant():
    with pytest.raises(RecipeError) as refusal:
        apply_set(defaults(), "explainer.gradcamm.sign=both")
    assert refusal.value.hint == "Did you mean 'gradcam'? Known: gradcam."
    with pytest.raises(RecipeError) as refusal:
        merge_file(defaults(), {"fussion": {}}, source="my.toml")
    assert "my.toml: no section is called [fussion]" in refusal.value.message
    assert refusal.value.hint.startswith("Did you mean 'fusion'?")


@pytest.mark.parametrize("value", ["adain", 3, [{"name": "adain"}]])
def test_a_component_section_is_a_table(value: Any):
    with pytest.raises(RecipeError, match=r"x: \[fusion\] has to be a table"):
        merge_file(defaults(), {"fusion": value}, source="x")


@pytest.mark.parametrize("value", ["gram", {"name": "gram"}, [{"weight": 1}], ["gram"]])
def test_a_list_section_is_a_list_of_named_entries(value: Any):
    with pytest.raises(RecipeError, match=r"write \[\[loss\]\] and name = "):
        merge_file(defaults(), {"loss": value}, source="x")


def test_choosing_the_same_again_changes_nothing():
    raw = defaults()
    raw["fusion"]["alpha"] = 0.3
    choose(raw, "fusion", "adain")
    assert raw["fusion"] == {"name": "adain", "alpha": 0.3}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.8", 0.8),
        ("3", 3),
        ("true", True),
        ("false", False),
        ("inf", float("inf")),
        ("adain", "adain"),
        ("", ""),
        ("  x  ", "x"),
        ("relu3_1", "relu3_1"),
        ("[relu3_1, relu4_1]", ["relu3_1", "relu4_1"]),
        ("[relu3_1]", ["relu3_1"]),
        ("[]", []),
        ("[1, 2.5, true]", [1, 2.5, True]),
        ('["a, b, c", d]', ["a, b, c", "d"]),
        ("[a, 'b,c,d', e, true]", ["a", "b,c,d", "e", True]),
        ('"3"', "3"),
        ("photos/my cat.jpg", "photos/my cat.jpg"),
        ("a#b", "a#b"),
        ("C:\\pictures", "C:\\pictures"),
        ("{relu4_1 = 1.0}", {"relu4_1": 1.0}),
        ("2024-05-01", "2024-05-01"),
        ("12:30:00", "12:30:00"),
        ("1\nalpha = 2", "1\nalpha = 2"),
        ("[gsx:adain, a/b.png]", ["gsx:adain", "a/b.png"]),
        ("True", "True"),
    ],
)
def test_values(text: str, value: Any):
    assert parse_value(text) == value
    assert type(parse_value(text)) is type(value)


PLAIN = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")))
SCALARS = st.one_of(
    st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False), PLAIN
)


@given(st.one_of(SCALARS, st.lists(SCALARS)))
def test_whatever_json_writes_is_read_back(value: Any):
    text = json.dumps(value, ensure_ascii=False)
    assert parse_value(text) == value


@given(st.lists(st.from_regex(r"[A-Za-z_][\w./:@-]{0,8}", fullmatch=True).filter(str.isascii)))
def test_lists_of_bare_words_are_lists_of_texts(words: list[str]):
    plain = [word for word in words if word not in ("true", "false", "inf", "nan")]
    assert parse_value(f"[{', '.join(plain)}]") == plain
    assert parse_value(f"[{','.join(plain)}]") == plain


@given(st.text())
def test_any_text_is_some_value(text: str):
    raw = defaults()
    apply_set(raw, f"fusion.alpha={text}")
    assert "alpha" in raw["fusion"]


def test_broken_toml_names_its_line(tmp_path: Path):
    path = tmp_path / "broken.toml"
    path.write_text('[fusion]\nname = "adain"\nalpha = = 1\n')
    with pytest.raises(RecipeError, match=r"broken.toml is not valid TOML: .*line 3") as refusal:
        read_toml(path)
    assert refusal.value.exit_code == 3


def test_files_that_cannot_be_read(tmp_path: Path):
    (tmp_path / "latin.toml").write_bytes(b"# caf\xe9\n")
    with pytest.raises(RecipeError, match="is not UTF-8 text"):
        read_toml(tmp_path / "latin.toml")
    with pytest.raises(RecipeError, match="cannot be read: No such file"):
        read_toml(tmp_path / "nowhere.toml")
    with pytest.raises(RecipeError, match="cannot be read: Is a directory"):
        read_toml(tmp_path)


@pytest.mark.parametrize(
    ("sets", "flags", "noted"),
    [
        (["fusion.alpha=0.3"], {"generator": "pixels"}, True),
        (["fusion.alpha=0.3"], {}, False),
        (["fusion.alpha=1.0"], {"generator": "pixels"}, False),
        ([], {}, False),
        ([], {"run.strength": 0.3}, False),
        (["fusion.alpha=0.3", "generator.name=pixels", "generator.style_weight=0"], {}, False),
        (["fusion.beta=0.5"], {"fusion": "weighted-sum", "generator": "pixels"}, True),
    ],
)
def test_a_weaker_fusion_beside_a_generator_that_reads_the_style_is_noted(sets, flags, noted):
    notes = load(sets=sets, flags=flags).notes
    assert any("--strength sets both" in note for note in notes) == noted


def test_keywords_mean_what_flags_mean():
    from gsx.pipeline.load import load_recipe

    assert load_recipe(set=["fusion.alpha=0.4"]).recipe.parts.fusion.options.alpha == 0.4
    assert load_recipe(set="fusion.alpha=0.4").recipe.parts.fusion.options.alpha == 0.4
    both = load_recipe(explainer="gradcam,ablation", metric="none").recipe.parts
    assert [part.id for part in both.explainers] == ["gradcam", "ablation"]
    assert both.metrics == ()
    assert load_recipe(explainer="none").recipe.parts.explainers == ()
    assert load_recipe(size="64").recipe.run.size == 64


@pytest.mark.parametrize(
    ("flags", "message", "hint"),
    [
        ({"fusin": "adain"}, "there is no flag called 'fusin'", "fusion"),
        ({"sise": 64}, "there is no flag called 'sise'", "size"),
        ({"fusion": ["adain"]}, "fusion takes a name, got ['adain']", "set=[...]"),
        ({"loss": ["gram"]}, "loss takes a name, got ['gram']", "set=[...]"),
        ({"generator": {"name": "pixels"}}, "generator takes a name", "tables"),
    ],
)
def test_keywords_that_are_no_flags(flags, message, hint):
    from gsx.pipeline.load import load_recipe

    with pytest.raises(RecipeError) as caught:
        load_recipe(**flags)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_flags_after_a_settled_recipe_come_too_late():
    from gsx.pipeline.load import load_recipe

    settled = load_recipe()
    assert load_recipe(settled) is settled
    for recipe in (settled, settled.recipe):
        with pytest.raises(RecipeError, match="size would come too late"):
            load_recipe(recipe, size=64)
