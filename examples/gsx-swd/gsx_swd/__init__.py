"""What this distribution offers. Torch-free: `gsx plugins list` imports this module, and must stay quick."""

from collections.abc import Iterator

from gsx.api import LossSpec, MetricSpec, hookimpl
from gsx_swd.options import SwdDistanceOptions, SwdOptions, distance_layers, loss_layers


@hookimpl
def gsx_losses() -> Iterator[LossSpec]:
    yield LossSpec(
        name="swd",
        summary="sliced Wasserstein distance of stylised to style maps: whole distributions, not their moments",
        target="gsx_swd.swd:Swd",
        options=SwdOptions,
        layers=loss_layers,
        requires=frozenset({"extractor"}),
        closed_form=lambda options: {"style": 0.0},  # the checks of gsx.testing hold it to that
    )


@hookimpl
def gsx_metrics() -> Iterator[MetricSpec]:
    yield MetricSpec(
        name="swd-distance",
        summary="sliced Wasserstein distance to the style, raw and as a share of the content's own",
        target="gsx_swd.swd_distance:SwdDistance",
        options=SwdDistanceOptions,
        direction="lower",
        layers=distance_layers,
    )
