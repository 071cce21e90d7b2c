"""Every rule for every spec can fail: a mutant of a toy for each."""

from __future__ import annotations

import contextlib
import random
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from pydantic import ConfigDict, field_serializer, field_validator

from gsx.api import GeneratorSpec, Options, Skip, Spec
from gsx.testing import Check, checks_for, parametrize_with_checks
from gsx.testing.checks import built, every
from gsx.testing.toy import ToyFusionOptions, gsx_discriminators, gsx_fusions
from gsx.testing.toy.discriminator import ToyDiscriminator
from gsx.testing.toy.fusion import ToyFusion

(FUSION,) = gsx_fusions()
(DISCRIMINATOR,) = gsx_discriminators()


class Reserved(ToyFusionOptions):
    weight: float = 1.0


class NoDefault(Options):
    alpha: float


class BadDefault(Options):
    alpha: float = 2.0

    @field_validator("alpha")
    def _at_most_one(cls, value: float) -> float:  # noqa: N805 - pydantic's way
        if value > 1:
            raise ValueError("alpha is at most 1")
        return value


class NoRoundTrip(ToyFusionOptions):
    layers: tuple[str, ...] = ("a", "b")

    @field_serializer("layers")
    def _joined(self, value: tuple[str, ...]) -> str:
        return ",".join(value)


class Lenient(ToyFusionOptions):
    model_config = ConfigDict(extra="ignore")


class Thawed(Options):
    model_config = ConfigDict(frozen=False)
    alpha: float = 1.0


def _local_options() -> type[Options]:
    class Local(Options):
        alpha: float = 1.0

    return Local


class Undecided(ToyFusion):
    """Another result each time: drawn from an unseeded source."""

    def __call__(self, content: Any, style: Any, level: str) -> torch.Tensor:
        return super().__call__(content, style, level) + random.SystemRandom().random()


class Meddler(ToyFusion):
    def __call__(self, content: Any, style: Any, level: str) -> torch.Tensor:
        torch.manual_seed(7)
        return super().__call__(content, style, level)


class Forgetful(ToyDiscriminator):
    """A parameter that the state dict does not hold."""

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self.hidden = [torch.randn(())]

    def forward(self, image: torch.Tensor) -> list[torch.Tensor]:
        return [self.judge(image) + self.hidden[0]]


class Homebody(ToyFusion):
    """Adds a tensor that lies on the processor, wherever its input lies."""

    def __call__(self, content: Any, style: Any, level: str) -> torch.Tensor:
        return super().__call__(content, style, level) + torch.zeros(1)


class ComesHome(ToyFusion):
    def __call__(self, content: Any, style: Any, level: str) -> torch.Tensor:
        return super().__call__(content, style, level).cpu()


class FullPrecision(ToyDiscriminator):
    """Looks at its logits through numpy, which has no bfloat16."""

    def forward(self, image: torch.Tensor) -> list[torch.Tensor]:
        return [scale + 0 * float(scale.detach().numpy().mean()) for scale in super().forward(image)]


class Cancels(ToyDiscriminator):
    """Loses in half precision what is left of two large numbers."""

    def forward(self, image: torch.Tensor) -> list[torch.Tensor]:
        return [(scale + 300) - 300 for scale in super().forward(image)]


CASES = {
    "well_formed_name": (replace(FUSION, name="Toy_Mean"), "'Toy_Mean' is not such a name"),
    "one_line_summary": (replace(FUSION, summary="one\ntwo"), "several lines"),
    "loadable_target": (replace(FUSION, target="gsx.testing.toy.fusion:Missing"), "could not be loaded"),
    "valid_default_options": (replace(FUSION, options=Reserved), "options of reserved names: weight"),
    "json_round_trip": (replace(FUSION, options=NoRoundTrip), "Input should be a valid tuple"),
    "pickle_round_trip": (replace(FUSION, options=_local_options()), "PicklingError|Can't pickle|AttributeError"),
    "unknown_option_refused": (replace(FUSION, options=Lenient), "accepted in silence"),
    "frozen_options": (replace(FUSION, options=Thawed), "option 'alpha' can be assigned to"),
    "same_from_same_seed": (replace(FUSION, target=f"{__name__}:Undecided"), "differ at 'pool1'"),
    "leaves_state_alone": (replace(FUSION, target=f"{__name__}:Meddler"), "the random state of torch"),
    "state_dict_round_trip": (replace(DISCRIMINATOR, target=f"{__name__}:Forgetful"), "differ at 'logits.0.'"),
}


PLACEMENT = [
    (replace(FUSION, target=f"{__name__}:Homebody"), "follows_its_input", "Expected all tensors to be on the same dev"),
    (replace(FUSION, target=f"{__name__}:ComesHome"), "follows_its_input", "it gives 'pool1' on cpu"),
    (replace(DISCRIMINATOR, target=f"{__name__}:FullPrecision"), "bears_half_precision", "BFloat16"),
    (replace(DISCRIMINATOR, target=f"{__name__}:Cancels"), "bears_half_precision", "from that in float32"),
]


@pytest.mark.parametrize(("mutant", "name", "message"), PLACEMENT, ids=[one.target for one, *_ in PLACEMENT])
def test_a_mutant_of_a_place_or_precision_breaks_it(
    mutant: Spec, name: str, message: str, breaks: Callable[[Spec, str, str], None]
):
    breaks(mutant, name, message)


@pytest.mark.parametrize("name", CASES)
def test_a_mutant_breaks_it(name: str, breaks: Callable[[Spec, str, str], None]):
    mutant, message = CASES[name]
    breaks(mutant, name, message)


def test_every_rule_has_a_mutant():
    names = {function.__name__ for function in (*every.CHECKS, *built.CHECKS)}
    assert names == {*CASES, "torch_free_listing"}


@pytest.mark.parametrize(
    ("options", "message"), [(NoDefault, "options without a default: alpha"), (BadDefault, "alpha is at most 1")]
)
def test_defaults(options: type[Options], message: str, breaks: Callable[[Spec, str, str], None]):
    breaks(replace(FUSION, options=options), "valid_default_options", message)


def test_torch_free_listing(tmp_path, monkeypatch, breaks: Callable[[Spec, str, str], None]):
    package = tmp_path / "eager_plugin"
    package.mkdir()
    (package / "__init__.py").write_text("print('junk')\nimport torch\n")
    (package / "mean.py").write_text("class Mean: ...\n")
    monkeypatch.syspath_prepend(tmp_path)
    mutant = replace(FUSION, target="eager_plugin.mean:Mean")
    breaks(mutant, "torch_free_listing", "listing its specs imports torch")
    (package / "__init__.py").write_text("print('junk')\n")
    monkeypatch.syspath_prepend(tmp_path / "elsewhere")  # another path: not the verdict kept from before
    (check,) = (check for check in checks_for(mutant) if check.name == "torch_free_listing")
    check()


def test_torch_free_listing_runs_the_hooks(tmp_path, monkeypatch, breaks: Callable[[Spec, str, str], None]):
    package = tmp_path / "late_plugin"
    package.mkdir()
    (package / "__init__.py").write_text(
        "from gsx.api import hookimpl\n@hookimpl\ndef gsx_fusions():\n    import torchvision\n    yield from ()\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    breaks(replace(FUSION, target="late_plugin.mean:Mean"), "torch_free_listing", "torch, torchvision")


def test_an_error_of_the_component_is_told_with_the_rule():
    mutant = replace(FUSION, target=f"{__name__}:NoSuchThing")
    check = next(check for check in checks_for(mutant) if check.name == "strength_zero_is_content")
    with pytest.raises(AssertionError) as told:
        check()
    assert "fusion 'toy-mean': strength_zero_is_content: raised PluginError" in str(told.value)
    assert "Rule: At strength 0 the content map comes back to the bit." in str(told.value)


def test_a_check_restores_the_random_state():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    for check in checks_for(FUSION):
        with contextlib.suppress(Skip):
            check()
    assert torch.equal(torch.get_rng_state(), before)


def test_listing_checks_imports_no_component():
    class Unloadable(GeneratorSpec):
        def load(self) -> Any:
            raise AssertionError("loaded too early")

    spec = Unloadable(name="a", summary="b", target="c.d:E", levels=lambda options, layout: ())
    assert {"declared_levels", "stays_in_range"} <= {check.name for check in checks_for(spec)}
    assert "cancelling_passes" not in {check.name for check in checks_for(spec)}
    iterative = replace(spec, traits=frozenset({"iterative"}))
    assert "cancelling_passes" in {check.name for check in checks_for(iterative)}


def test_expected_failed_and_options_have_to_exist():
    with pytest.raises(ValueError, match="no_such_check"):
        parametrize_with_checks([FUSION], expected_failed={"no_such_check": "because"})
    with pytest.raises(ValueError, match="no reason for batch_independent"):
        parametrize_with_checks([FUSION], expected_failed={"batch_independent": " "})
    with pytest.raises(ValueError, match="no spec"):
        parametrize_with_checks([])
    with pytest.raises(ValueError, match="adain"):
        parametrize_with_checks([FUSION], options={"adain": [{}]})
    decorated = parametrize_with_checks([FUSION], options={"fusion:toy-mean": [{"alpha": 0.5}, {}]})
    assert len(decorated.args[1]) == 2 * len(checks_for(FUSION))


@parametrize_with_checks([replace(FUSION, name="Loud")], expected_failed={"Loud:well_formed_name": "it is meant to"})
def test_expected_failures_are_expected(check: Check):
    check()


def test_an_excuse_that_is_not_needed_fails():
    mark = parametrize_with_checks([FUSION], expected_failed={"well_formed_name": "it is fine, in fact"})
    (excused,) = (case for case in mark.args[1] if case.marks)
    assert excused.id == "fusion-toy-mean-well_formed_name"
    assert excused.marks[0].name == "xfail"
    assert excused.marks[0].kwargs["strict"]


def test_rules_are_sentences():
    for check in checks_for(DISCRIMINATOR):
        assert check.rule.endswith("."), check.name
        assert str(check) == f"discriminator 'toy-judge': {check.name}"


def test_pytest_is_not_needed(monkeypatch):
    monkeypatch.setitem(sys.modules, "pytest", None)
    assert checks_for(FUSION)
