"""guarded: what a stranger's explainer does to the networks and to the process is undone, and named."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy
import torch
from torch import Tensor, nn
from torch.nn.modules import module as global_hooks

from gsx.contracts.plan import ExplainerPart

_HOOKS = (
    "_forward_hooks",
    "_forward_pre_hooks",
    "_backward_hooks",
    "_backward_pre_hooks",
    "_forward_hooks_with_kwargs",
    "_forward_hooks_always_called",
    "_forward_pre_hooks_with_kwargs",
)
_PARTS = ("_modules", "_parameters")
_GLOBAL_HOOKS = ("_global_forward_hooks", "_global_forward_pre_hooks", "_global_backward_hooks")

OTHER_WEIGHTS = "other weights"


@contextmanager
def guarded(modules: Mapping[str, Any], pictures: Mapping[str, Tensor]) -> Iterator[list[str]]:
    """Put back, also after an error, what the block left changed: hooks, modes, weights, gradients, random states.

    Args:
        modules: name -> component; those that are no ``nn.Module`` are passed over.
        pictures: name -> tensor whose values have to stay.

    Yields:
        A list that names, once the block is left, everything that had to be put back.
    """
    networks = {name: module for name, module in modules.items() if isinstance(module, nn.Module)}
    kept: list[_Network | _Pictures | _Process] = [_Network(name, network) for name, network in networks.items()]
    kept += [_Pictures(pictures), _Process()]
    left: list[str] = []
    try:
        yield left
    finally:
        for state in kept:
            left += state.put_back()


@contextmanager
def buffers_kept(modules: Mapping[str, Any]) -> Iterator[list[str]]:
    """Put back, also after an error, the buffers that networks write over in a pass: running statistics, a counter.

    Yields:
        A list that names them once the block is left, as :func:`guarded` does: no explainer is to blame for these.
    """
    networks = [(name, module) for name, module in modules.items() if isinstance(module, nn.Module)]
    kept = [(name, _Buffers(module)) for name, module in networks]
    own: list[str] = []
    try:
        yield own
    finally:
        for name, buffers in kept:
            changed = buffers.put_back()
            if changed:
                own.append(f"{OTHER_WEIGHTS} on {_where(name, changed)}")


def left_behind(part: ExplainerPart, left: Sequence[str]) -> str:
    """What a reader has to know of an explainer that left traces."""
    return (
        f"Explainer {part.explainer.name!r} (of {part.explainer.distribution}) left behind: {'; '.join(left)}. "
        "It was put back as it had been; what the explainer says may have suffered."
    )


class _Network:
    """One network as it was."""

    def __init__(self, name: str, network: nn.Module) -> None:
        self.name, self.network = name, network
        self.modules = [
            (path, module, module.training, [dict(getattr(module, kind)) for kind in _HOOKS])
            for path, module in network.named_modules()
        ]
        self.parts = [
            (path, module, [dict(getattr(module, kind)) for kind in _PARTS], vars(module).get("forward"))
            for path, module, _, _ in self.modules
        ]
        self.parameters = [
            (path, parameter, parameter.requires_grad, parameter.grad) for path, parameter in network.named_parameters()
        ]
        self.values = [
            (path, tensor, tensor.detach().clone(), tensor.is_inference())
            for path, tensor in network.named_parameters()
        ]
        self.buffers = _Buffers(network)

    def put_back(self) -> list[str]:
        hooked, mode, trainable, graded, changed = [], [], [], [], []
        replaced = self._put_parts_back()
        for path, module, training, kept in self.modules:
            for kind, hooks in zip(_HOOKS, kept, strict=True):
                now = getattr(module, kind)
                if dict(now) != hooks:
                    hooked.append(path)
                    now.clear()
                    now.update(hooks)
            if module.training != training:
                mode.append(path)
                module.training = training
        for path, parameter, requires_grad, gradient in self.parameters:
            if parameter.requires_grad != requires_grad:
                trainable.append(path)
                parameter.requires_grad_(requires_grad)
            if parameter.grad is not gradient:
                graded.append(path)
                parameter.grad = gradient
        for path, tensor, value, inference in self.values:
            # Moved under inference mode, a weight keeps its values, and autograd refuses it from then on.
            if not _same(tensor, value) or tensor.is_inference() != inference:
                changed.append(path)
                _copy_back(tensor, value)
        changed += self.buffers.put_back()
        found = {
            "other parts": replaced,
            "hooks": hooked,
            "another training mode": mode,
            "another requires_grad": trainable,
            "gradients": graded,
            OTHER_WEIGHTS: changed,
        }
        return [f"{what} on {_where(self.name, paths)}" for what, paths in found.items() if paths]

    def _put_parts_back(self) -> list[str]:
        """Modules and parameters that are others than before, and a ``forward`` that was written over."""
        replaced = []
        for path, module, kept, forward in self.parts:
            for kind, parts in zip(_PARTS, kept, strict=True):
                now = getattr(module, kind)
                if list(now) != list(parts) or any(now[name] is not part for name, part in parts.items()):
                    replaced.append(path)
                    now.clear()
                    now.update(parts)
            if vars(module).get("forward") is not forward:
                replaced.append(path)
                vars(module).pop("forward")
                if forward is not None:
                    vars(module)["forward"] = forward
        return replaced


class _Buffers:
    """The buffers of one network as they were, whether it writes over them or puts others in their place."""

    def __init__(self, network: nn.Module) -> None:
        self.kept = [
            (
                path,
                module._buffers,
                {key: (one, one.clone()) for key, one in module._buffers.items() if one is not None},
            )
            for path, module in network.named_modules()
        ]

    def put_back(self) -> list[str]:
        """The paths of those that had changed."""
        changed = []
        for path, now, kept in self.kept:
            for key, (one, value) in kept.items():
                if now.get(key) is not one or not _same(one, value):
                    changed.append(f"{path}.{key}" if path else key)
                    now[key] = one
                    _copy_back(one, value)
        return changed


class _Pictures:
    """Pictures as they were."""

    def __init__(self, pictures: Mapping[str, Tensor]) -> None:
        self.kept = [(name, picture, picture.detach().clone()) for name, picture in pictures.items()]

    def put_back(self) -> list[str]:
        changed = [(name, picture, value) for name, picture, value in self.kept if not _same(picture, value)]
        for _, picture, value in changed:
            _copy_back(picture, value)
        return [f"another {name} picture" for name, _, _ in changed]


class _Process:
    """Random states and switches of the process as they were."""

    def __init__(self) -> None:
        self.torch, self.python, self.numpy = torch.get_rng_state(), random.getstate(), numpy.random.get_state()
        self.gradients, self.dtype = torch.is_grad_enabled(), torch.get_default_dtype()
        self.device, self.deterministic = torch.get_default_device(), torch.are_deterministic_algorithms_enabled()
        self.hooks = [dict(getattr(global_hooks, kind)) for kind in _GLOBAL_HOOKS]

    def put_back(self) -> list[str]:
        left = []
        if (device := torch.get_default_device()) != self.device:
            left.append(f"the default device {device}")
            # None: no device by default, which is the CPU without a mode that sees each call.
            torch.set_default_device(None if self.device.type == "cpu" else self.device)
        if torch.are_deterministic_algorithms_enabled() != self.deterministic:
            left.append("deterministic algorithms switched " + ("off" if self.deterministic else "on"))
            torch.use_deterministic_algorithms(self.deterministic)
        if not torch.equal(torch.get_rng_state(), self.torch):
            left.append("another random state of torch")
            torch.set_rng_state(self.torch)
        if random.getstate() != self.python:
            left.append("another random state of Python")
            random.setstate(self.python)
        if repr(numpy.random.get_state()) != repr(self.numpy):
            left.append("another random state of numpy")
            numpy.random.set_state(self.numpy)
        if torch.is_grad_enabled() != self.gradients:
            left.append("gradients switched " + ("off" if self.gradients else "on"))
            torch.set_grad_enabled(self.gradients)
        if torch.get_default_dtype() != self.dtype:
            left.append(f"the default dtype {torch.get_default_dtype()}")
            torch.set_default_dtype(self.dtype)
        for kind, hooks in zip(_GLOBAL_HOOKS, self.hooks, strict=True):
            now = getattr(global_hooks, kind)
            if dict(now) != hooks:
                left.append("hooks on every module of the process")
                now.clear()
                now.update(hooks)
        return left


def _where(name: str, paths: list[str]) -> str:
    places = list(dict.fromkeys(f"{name}.{path}" if path else name for path in paths))
    return places[0] + (f" and {len(places) - 1} more" if len(places) > 1 else "")


def _same(tensor: Tensor, value: Tensor) -> bool:
    alike = tensor.shape == value.shape and tensor.dtype == value.dtype
    return alike and torch.equal(tensor.detach(), value)


def _copy_back(tensor: Tensor, value: Tensor) -> None:
    with torch.no_grad():
        if tensor.shape == value.shape and tensor.dtype == value.dtype and not tensor.is_inference():
            tensor.copy_(value)
        else:
            tensor.data = value
