"""No rule without a mutant that breaks it, whatever file either is in."""

from __future__ import annotations

from gsx.testing import checks_for
from gsx.testing.checks import every, functions_for
from gsx.testing.toy import gsx_losses

from . import (
    test_mutants,
    test_mutants_executors,
    test_mutants_explaining,
    test_mutants_generators,
    test_mutants_networks,
    test_mutants_readers,
    test_mutants_trackers,
)
from .test_toys import HOOKS

CASES = [
    *[(mutant, name) for name, (mutant, _) in test_mutants.CASES.items()],
    *[(mutant, name) for mutant, name, _ in test_mutants.PLACEMENT],
    *[
        (mutant, name)
        for module in (
            test_mutants_executors,
            test_mutants_explaining,
            test_mutants_generators,
            test_mutants_networks,
            test_mutants_readers,
            test_mutants_trackers,
        )
        for mutant, name, _ in module.CASES
    ],
]
SOUND = [
    *[spec for hook in HOOKS for spec in hook()],
    test_mutants_generators.OPTIMISES,
    test_mutants_executors.spec(test_mutants_executors.Sound),
]


def test_every_rule_has_a_mutant():
    # A mutant breaks others besides only where they follow: what cannot be loaded keeps no rule.
    rules = {function for spec in SOUND for function in functions_for(spec)}
    broken = {check.function for mutant, name in CASES for check in checks_for(mutant) if check.name == name}
    assert rules - broken == {every.torch_free_listing}, "that one's mutants are packages of their own, in test_mutants"
    assert len(rules) > 70


def test_sound_components_of_every_kind_are_there():
    assert {spec.kind for spec in SOUND} == {
        *("extractor", "fusion", "generator", "discriminator", "loss", "score", "unit", "explainer", "metric"),
        *("executor", "tracker"),
    }
    assert {spec.role for spec in gsx_losses()} == {"term", "adversarial"}
