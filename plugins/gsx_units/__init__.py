"""Built-in units: pictures, maps, channels, statistics, fused maps, the generator's insides, and components."""

from collections.abc import Iterator

from gsx.api import FeatureLayout, Options, Role, UnitSpec, hookimpl
from gsx_units.options import (
    FusedOptions,
    LayersOptions,
    MapOptions,
    ModuleOptions,
    PictureOptions,
    StatisticsOptions,
)


def _one_layer(options: MapOptions | StatisticsOptions, layout: FeatureLayout) -> tuple[str, ...]:
    return (options.layer or layout.structural().name,)


def _no_layer_but_a_level(options: FusedOptions, layout: FeatureLayout) -> tuple[str, ...]:
    """Reads no layer for itself; refuses a level that the generator is not given."""
    layout.level(options.level, who="the unit of a fused map")
    return ()


def _fused_channel_count(options: FusedOptions, layout: FeatureLayout) -> int | None:
    level = layout.level(options.level, who="unit 'fused-channels'")
    return layout[level].channels if level in layout else None


def _statistic_count(options: StatisticsOptions, layout: FeatureLayout) -> int:
    channels = layout[_one_layer(options, layout)[0]].channels
    return 2 * channels if options.statistic == "both" else channels


def _of_result(options: Options) -> Role:
    return "stylized"


def _channel_count(options: MapOptions, layout: FeatureLayout) -> int | None:
    """None for a module path, whose channels only a pass tells."""
    (layer,) = _one_layer(options, layout)
    return layout[layer].channels if layer in layout else None


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
        component=lambda options: "input",
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
    yield UnitSpec(
        name="statistics",
        summary="mean and deviation of each channel of one layer's map, apart",
        target="gsx_units.statistics:StatisticsUnit",
        options=StatisticsOptions,
        role=lambda options: options.role,
        layers=_one_layer,
        size=_statistic_count,
        linear=False,
    )
    yield UnitSpec(
        name="fused",
        summary="the positions of one fused map",
        target="gsx_units.fused:FusedUnit",
        options=FusedOptions,
        role=_of_result,
        component=lambda options: "fusion",
        layers=_no_layer_but_a_level,
        positions=True,
    )
    yield UnitSpec(
        name="fused-channels",
        summary="the channels of one fused map",
        target="gsx_units.fused_channels:FusedChannelsUnit",
        options=FusedOptions,
        role=_of_result,
        component=lambda options: "fusion",
        layers=_no_layer_but_a_level,
        size=_fused_channel_count,
    )
    yield UnitSpec(
        name="generator",
        summary="the output channels of one module within the generator",
        target="gsx_units.generator:GeneratorUnit",
        options=ModuleOptions,
        role=_of_result,
        component=lambda options: "generator",
    )
    yield UnitSpec(
        name="components",
        summary="whole parts of what the generator is given: content, mean, deviation, and the skips",
        target="gsx_units.components:ComponentsUnit",
        role=_of_result,
        component=lambda options: "fusion",
        size=lambda options, layout: len(layout.levels) + 2,
        linear=False,
    )
