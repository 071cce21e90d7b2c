"""Reading and editing activations by (component, path, role).

One extractor sees the content, the style and the stylised picture, so a forward hook on a module alone cannot tell
whose activation it sees. The pipeline says whose pass is running, and a tap only acts in the pass it names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn

from gsx.errors import ContractError
from gsx.specs.interfaces import PICTURE, Address
from gsx.specs.kinds import Role
from gsx.specs.layout import FeatureLayout
from gsx.specs.suggest import did_you_mean

Edit = Callable[[Tensor], Tensor | None]
"""Gets an activation; returns its replacement, or None to leave it."""


class Taps:
    """The taps of one pipeline.

    A layer of the extractor is edited where its map leaves it, so that only the map's readers notice; with
    ``Address.inside``, at the submodule that makes the map (``extractor.layer_modules``), so that deeper layers notice
    too. Any other path is a submodule of the component, or a name in the maps that leave it: a fused level, or
    :data:`~gsx.api.PICTURE` of the generator.
    """

    def __init__(self, components: Mapping[str, Any], layout: FeatureLayout) -> None:
        self._components, self._layout = components, layout
        self._edits: dict[Address, Edit] = {}
        self._pass: tuple[str, Role | None, int] | None = None
        self._counts: dict[str, int] = {}

    @contextmanager
    def installed(self, edits: Mapping[Address, Edit]) -> Iterator[None]:
        """Install edits for the duration; every hook is removed afterwards, also after an error."""
        handles = []
        outer_edits, outer_counts = self._edits, self._counts
        self._edits, self._counts = {**outer_edits, **edits}, {}
        try:
            for address, edit in edits.items():
                module = self.module(address)
                if module is not None:
                    handles.append(module.register_forward_hook(self._hook(address, edit), prepend=True))
            yield
        finally:
            for handle in handles:
                handle.remove()
            self._edits, self._counts = outer_edits, outer_counts

    @contextmanager
    def running(self, component: str, role: Role | None) -> Iterator[None]:
        """Say that a pass of ``component`` for ``role`` is running; None for passes that nobody addresses."""
        outer = self._pass
        call = self._counts.get(component, 0)
        self._counts[component] = call + 1
        self._pass = (component, role, call)
        try:
            yield
        finally:
            self._pass = outer

    def leaving(self, component: str, role: Role | None, maps: dict[str, Tensor]) -> dict[str, Tensor]:
        """Apply the edits that address maps by name where they leave a component."""
        for address, edit in self._edits.items():
            if address.component != component or address.path not in maps or self.module(address) is not None:
                continue
            if self._addressed(address, component, role):
                replaced = edit(maps[address.path])
                if replaced is not None:
                    maps = {**maps, address.path: replaced}
        return maps

    def at_exit(self, address: Address) -> bool:
        """Whether edits there act on what leaves the component, not on a module within it.

        Raises:
            ContractError: there is no such component or input.
        """
        return self.module(address) is None

    def is_running(self, component: str, role: Role | int | None) -> bool:
        """Whether the pass that is running is that one."""
        return self._pass is not None and self._pass[:2] == (component, role)

    @property
    def role(self) -> Role | None:
        """Whose pass is running."""
        return self._pass[1] if self._pass is not None else None

    def calls(self, component: str) -> int:
        """How often a component has been called since edits were installed."""
        return self._counts.get(component, 0)

    def _addressed(self, address: Address, component: str, role: Role | None) -> bool:
        if isinstance(address.role, int):
            return self._counts.get(component, 0) - 1 == address.role
        return address.role == role

    def _hook(self, address: Address, edit: Edit) -> Callable[[nn.Module, Any, Any], Any]:
        def act(module: nn.Module, inputs: Any, output: Any) -> Any:
            if self._pass is None or self._pass[0] != address.component:
                return None
            wanted = self._pass[2] if isinstance(address.role, int) else self._pass[1]
            return edit(output) if wanted == address.role else None

        return act

    def module(self, address: Address) -> nn.Module | None:
        """The submodule at whose outcome an address lies; None where it lies at the component's exit.

        Raises:
            ContractError: there is no such component, input or inside.
        """
        if address.component == "input":
            if address.path != PICTURE:
                raise ContractError(f"the input has no {address.path!r}.", hint=f"Its path is {PICTURE!r}.")
            return None
        component = self._components.get(address.component)
        if component is None:
            raise ContractError(
                f"no component is called {address.component!r} in this pipeline.",
                hint=did_you_mean(address.component, [name for name, part in self._components.items() if part]),
            )
        leaves = address.component == "extractor" and address.path in self._layout and not address.inside
        if leaves or not isinstance(component, nn.Module):
            return None
        modules = dict(component.named_modules())
        path = getattr(component, "layer_modules", {}).get(address.path, address.path)
        module = modules.get(path) if path else None
        if module is None and address.inside:
            raise ContractError(
                f"no submodule of the {address.component} makes the map {address.path!r}, so it has no inside to edit.",
                hint="Leave out inside, and the map is edited where it leaves the network.",
            )
        return module
