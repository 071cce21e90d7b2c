"""Built-in units: a layer's map, its channels, and whole layers."""

from collections.abc import Iterator

from gsx.api import FeatureLayout, UnitSpec, hookimpl
from gsx_units.options import LayersOptions, MapOptions, PictureOptions


def _one_layer(options: MapOptions, layout: FeatureLayout) -> tuple[str, ...]:
    return (options.layer or layout.structural().name,)


def _channel_count(options: MapOptions, layout: FeatureLayout) -> int:
    return layout[_one_layer(options, layout)[0]].channels


def _layers(options: LayersOptions, layout: FeatureLayout) -> tuple[str, ...]:
    return tuple(dict.fromkeys(options.layers or layout))


@hookimpl
def gsx_units() -> Iterator[UnitSpec]:
    yield UnitSpec(
        name="layer",
        summary="the positions of one layer's map",
        target="gsx_units.layer:LayerUnit",
        options=MapOptions,
        role=lambda options: options.role,
        inside=lambda options: options.inside,
        layers=_one_layer,
        positions=True,
    )
    yield UnitSpec(
        name="picture",
        summary="the pixels of a picture",
        target="gsx_units.picture:PictureUnit",
        options=PictureOptions,
        role=lambda options: options.role,
        pictures=True,
        positions=True,
    )
    yield UnitSpec(
        name="channels",
        summary="the channels of one layer's map",
        target="gsx_units.channels:ChannelsUnit",
        options=MapOptions,
        role=lambda options: options.role,
        inside=lambda options: options.inside,
        layers=_one_layer,
        size=_channel_count,
    )
    yield UnitSpec(
        name="layers",
        summary="whole layers: what each tells the rest about the style",
        target="gsx_units.layers:LayersUnit",
        options=LayersOptions,
        role=lambda options: options.role,
        layers=_layers,
        size=lambda options, layout: len(_layers(options, layout)),
    )
