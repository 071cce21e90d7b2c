"""untouched: a block that has to leave everything as it found it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules import module as global_hooks

_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
_GLOBAL_HOOKS = ("_global_forward_hooks", "_global_forward_pre_hooks", "_global_backward_hooks")


@contextmanager
def untouched(modules: Mapping[str, Any], tensors: Mapping[str, Tensor] | None = None) -> Iterator[None]:
    """Compare hooks, modes, parameters, gradients, random states and tensors before and after, also after an error.

    Args:
        modules: name -> component; those that are no modules are passed over.
        tensors: name -> tensor whose values and gradient have to stay.

    Raises:
        AssertionError: naming everything that changed.
    """
    networks = {name: module for name, module in modules.items() if isinstance(module, nn.Module)}
    before = _state(networks, tensors or {})
    try:
        yield
    except AssertionError:
        raise
    except Exception as error:
        changed = _changes(before, _state(networks, tensors or {}))
        if changed:
            raise AssertionError(f"after an error ({error}) it left behind: {'; '.join(changed)}") from error
        raise
    changed = _changes(before, _state(networks, tensors or {}))
    if changed:
        raise AssertionError(f"it left behind: {'; '.join(changed)}")


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [what for what in before.keys() | after.keys() if not _same(before.get(what), after.get(what))]


def _same(first: Any, second: Any) -> bool:
    if isinstance(first, Tensor) and isinstance(second, Tensor):
        return first.shape == second.shape and first.dtype == second.dtype and torch.equal(first, second)
    return type(first) is type(second) and bool(first == second)


def _state(networks: Mapping[str, nn.Module], tensors: Mapping[str, Tensor]) -> dict[str, Any]:
    import numpy

    kind, keys, *rest = numpy.random.get_state()
    state: dict[str, Any] = {
        "the random state of torch": torch.get_rng_state(),
        "the random state of Python": random.getstate(),
        "the random state of numpy": (str(kind), bytes(keys), str(rest)),  # type: ignore[arg-type]
        "whether gradients are recorded": torch.is_grad_enabled(),
        "the default dtype": torch.get_default_dtype(),
        "how many threads compute": torch.get_num_threads(),
        "whether algorithms are deterministic": torch.are_deterministic_algorithms_enabled(),
        "global module hooks": [len(getattr(global_hooks, hooks)) for hooks in _GLOBAL_HOOKS],
    }
    for name, network in networks.items():
        for path, module in network.named_modules():
            where = f"{name}.{path}" if path else name
            state[f"hooks on {where}"] = [len(getattr(module, hooks)) for hooks in _HOOKS]
            state[f"training mode of {where}"] = module.training
        for path, parameter in network.named_parameters():
            state[f"requires_grad of {name}.{path}"] = parameter.requires_grad
            state[f"gradient of {name}.{path}"] = _copy(parameter.grad)
        for path, value in network.state_dict().items():
            state[f"values of {name}.{path}"] = _copy(value)
    for name, tensor in tensors.items():
        state[f"values of {name}"] = _copy(tensor)
        state[f"gradient of {name}"] = _copy(tensor.grad) if tensor.is_leaf else None
        state[f"requires_grad of {name}"] = tensor.requires_grad
    return state


def _copy(tensor: Tensor | None) -> Tensor | None:
    return None if tensor is None else tensor.detach().clone()
