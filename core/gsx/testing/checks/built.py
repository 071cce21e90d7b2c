"""Rules for every component that is built: repeatable, and whole in its state dict."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from gsx.specs.interfaces import Skip
from gsx.testing.checks.exercise import exercise
from gsx.testing.compare import require
from gsx.testing.subject import Subject
from gsx.testing.traces import untouched


def same_from_same_seed(subject: Subject) -> None:
    """Built twice from one seed, a component gives the same result to the bit."""
    first, second = subject.fresh(), subject.fresh()
    _require_equal(exercise(subject, first), exercise(subject, second), "two components of one seed")


def leaves_state_alone(subject: Subject) -> None:
    """Using a component changes neither the global random state, nor its own weights, nor its mode."""
    component = subject.component()
    if subject.spec.kind == "metric":
        component = subject.fresh()  # it counts what it sees
    with untouched({subject.spec.kind: component}):
        exercise(subject, component)


def state_dict_round_trip(subject: Subject) -> None:
    """A module's state dict, loaded into another one, makes it give the same result to the bit."""
    trained = subject.component()
    if not isinstance(trained, nn.Module):
        raise Skip("it is no nn.Module, so it has no state dict")
    other = subject.fresh(seed=1)
    state = {name: value.clone() for name, value in trained.state_dict().items()}
    odd = [name for name, value in state.items() if not isinstance(value, Tensor)]
    require(not odd, f"state that is no tensor cannot be stored as safetensors: {', '.join(odd)}")
    other.load_state_dict(state)
    _require_equal(exercise(subject, trained), exercise(subject, other), "before and after loading")


def _require_equal(first: Mapping[str, Tensor], second: Mapping[str, Tensor], what: str) -> None:
    require(list(first) == list(second), f"{what} give other things: {', '.join(first)} and {', '.join(second)}")
    for name, value in first.items():
        require(torch.equal(value, second[name]), f"{what} differ at {name!r}")


CHECKS = (same_from_same_seed, leaves_state_alone, state_dict_round_trip)
