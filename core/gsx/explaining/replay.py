"""Replay: a network's pass run again from an edited module on; what runs before it is played back.

An edit changes nothing that was computed before it. The outcomes of those modules are kept from one pass and given
back in later ones, each repeated for the rows of a batch.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves, tree_map

from gsx.explaining.widening import repeated


class Replay:
    """What ran before the first of ``edited`` in one pass of ``network``, with the outcome of that module itself.

    Args:
        network: a component.
        edited: its modules whose outcome edits change.
        run: the pass to record.
        running: whether the pass that is running now is one to play back in.
    """

    def __init__(
        self, network: nn.Module, edited: Collection[nn.Module], run: Callable[[], object], running: Callable[[], bool]
    ) -> None:
        self._running = running
        self._outcomes: dict[nn.Module, list[Any]] = {}
        self._versions: list[int] = []
        self._record(network, edited, run)

    def _record(self, network: nn.Module, edited: Collection[nn.Module], run: Callable[[], object]) -> None:
        targets = set(map(id, edited))
        open_modules: list[nn.Module] = []
        done: list[tuple[nn.Module, Any, tuple[nn.Module, ...]]] = []
        reached, last = False, None

        def enter(module: nn.Module, inputs: Any) -> None:
            if self._running():
                open_modules.append(module)

        def leave(module: nn.Module, inputs: Any, outcome: Any) -> None:
            nonlocal reached, last
            if not self._running():
                return
            open_modules.pop()
            if not reached:
                done.append((module, outcome, tuple(open_modules)))
                reached = id(module) in targets
                last = (
                    tree_map(lambda leaf: leaf.clone() if isinstance(leaf, Tensor) else leaf, outcome)
                    if reached
                    else None
                )

        handles = []
        try:
            for module in network.modules():
                handles.append(module.register_forward_pre_hook(enter))
                handles.append(module.register_forward_hook(leave))
            with torch.no_grad():
                run()
        finally:
            for handle in handles:
                handle.remove()
        if not reached:
            return
        finished = {id(module) for module, _, _ in done}
        for module, outcome, around in done:
            # A module within one that is played back as a whole is never asked.
            if not any(id(outer) in finished for outer in around):
                self._outcomes.setdefault(module, []).append(outcome)
        # What is edited must not have been written over by an in-place activation behind it.
        self._outcomes[done[-1][0]][-1] = last
        self._versions = [leaf._version for leaf in self._tensors()]

    def intact(self) -> bool:
        """Whether nothing has written over what is played back; then it can be played again."""
        return bool(self._outcomes) and self._versions == [leaf._version for leaf in self._tensors()]

    def _tensors(self) -> list[Tensor]:
        return [leaf for leaf in tree_leaves(list(self._outcomes.values())) if isinstance(leaf, Tensor)]

    @contextmanager
    def played(self, rows: int, count: int) -> Iterator[None]:
        """Play back for the duration, to ``rows`` copies of a batch of ``count``."""
        asked: dict[nn.Module, int] = dict.fromkeys(self._outcomes, 0)

        def player(module: nn.Module, forward: Callable[..., Any]) -> Callable[..., Any]:
            def play(*args: Any, **kwargs: Any) -> Any:
                outcomes = self._outcomes[module]
                if not self._running() or asked[module] >= len(outcomes):
                    return forward(*args, **kwargs)
                asked[module] += 1
                return tree_map(
                    lambda leaf: repeated(leaf, rows, count) if isinstance(leaf, Tensor) else leaf,
                    outcomes[asked[module] - 1],
                )

            return play

        replaced = []
        try:
            for module in self._outcomes:
                own = module.__dict__.get("forward")
                replaced.append((module, own))
                module.__dict__["forward"] = player(module, module.forward)
            yield
        finally:
            for module, own in replaced:
                if own is None:
                    del module.__dict__["forward"]
                else:
                    module.__dict__["forward"] = own


def _copied(leaf: Any) -> Any:
    return leaf.clone() if isinstance(leaf, Tensor) else leaf
