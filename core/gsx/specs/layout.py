"""FeatureLayout: the names, channels and strides of an extractor's layers, without any tensor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from gsx.errors import ContractError
from gsx.specs.suggest import did_you_mean


@dataclass(frozen=True)
class Layer:
    """One feature layer: a map of shape ``(N, channels, H / stride, W / stride)``.

    ``rounding`` says which way sides go that the stride does not divide: pooling without padding gives the floor
    (VGG), convolutions with stride and padding the ceiling (ResNet).
    """

    name: str
    channels: int
    stride: int
    rounding: Literal["floor", "ceil"] = "floor"

    def size(self, picture: tuple[int, int]) -> tuple[int, int]:
        """``(height, width)`` of the map of a picture of ``(height, width)`` pixels."""
        if self.rounding == "ceil":
            return -(-picture[0] // self.stride), -(-picture[1] // self.stride)
        return picture[0] // self.stride, picture[1] // self.stride


class FeatureLayout(Mapping[str, Layer]):
    """Layers in the order of the forward pass, shallow to deep.

    Args:
        levels: the layers whose fused maps the generator is given, where that is known.

    Example:
        >>> layout = FeatureLayout([Layer("relu1_1", 64, 1), Layer("relu2_1", 128, 2)])
        >>> layout["relu2_1"].stride, layout.deepest.name
        (2, 'relu2_1')
    """

    def __init__(self, layers: Iterable[Layer], levels: Iterable[str] | None = None) -> None:
        self._layers = {layer.name: layer for layer in layers}
        if not self._layers:
            raise ContractError("a feature layout needs at least one layer")
        self._levels = None if levels is None else tuple(levels)

    def __getitem__(self, name: str) -> Layer:
        return self._layers[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._layers)

    def __len__(self) -> int:
        return len(self._layers)

    def __repr__(self) -> str:
        inside = ", ".join(f"{item.name}: {item.channels}/{item.stride}" for item in self._layers.values())
        return f"FeatureLayout({inside})"

    @property
    def deepest(self) -> Layer:
        return list(self._layers.values())[-1]

    @property
    def levels(self) -> tuple[str, ...]:
        """The layers whose fused maps the generator is given, shallow to deep; every layer where nobody has said."""
        return tuple(self._layers) if self._levels is None else self._levels

    def select(self, names: Iterable[str], *, who: str = "the recipe") -> FeatureLayout:
        """The layout of ``names`` only, in this layout's own order.

        Raises:
            ContractError: if a name is not a layer here; the message says who asked and what exists.
        """
        wanted = list(names)
        for name in wanted:
            if name not in self._layers:
                raise ContractError(
                    f"{who} needs layer {name!r}, which the extractor does not give.",
                    hint=did_you_mean(name, self._layers),
                )
        kept = (layer for layer in self._layers.values() if layer.name in set(wanted))
        return FeatureLayout(kept, self._levels)

    def with_levels(self, levels: Iterable[str]) -> FeatureLayout:
        """The same layers, saying which fused levels the generator is given."""
        return FeatureLayout(self._layers.values(), levels)

    def level(self, name: str | None, *, who: str) -> str:
        """The fused level of that name; the deepest where none is named.

        Raises:
            ContractError: the generator is not given it; the message says who asked and which levels there are.
        """
        if name is None:
            return self.levels[-1]
        if name not in self.levels:
            raise ContractError(
                f"{who} needs fused level {name!r}, which the generator is not given.",
                hint=did_you_mean(name, self.levels),
            )
        return name

    def structural(self) -> Layer:
        """The layer where content is customarily compared: the deepest of stride 8 or less (VGG: relu4_1).

        Where every layer is coarser than 8, the shallowest one.
        """
        fine = [layer for layer in self._layers.values() if layer.stride <= 8]
        return fine[-1] if fine else next(iter(self._layers.values()))
