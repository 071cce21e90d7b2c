"""Every built-in component, as the installed catalog finds it, by the checks that third parties run."""

from gsx.plugins import installed_catalog
from gsx.plugins.hookspecs import KIND_HOOKS
from gsx.testing import Check, parametrize_with_checks

OPTIONS = {
    "pixels": [{"iterations": 8}, {"iterations": 4, "style_weight": 0}, {"iterations": 4, "statistic": "gram"}],
    "resnet": [{"channels": 16, "blocks": 1}, {"channels": 16, "blocks": 1, "inject": False}],
    "unet": [{"channels": 8}],
    "vgg19-slim": [
        {"widths": (4, 6, 8, 10, 12)},
        {"widths": (4, 6, 8, 10, 12), "batch_norm": False},
        {"widths": (4, 6, 8, 10, 12), "smoothing": "softmax"},
    ],
    "resnet18": [{}, {"smoothing": "softmax", "temperature": 2}],
    "efficientnet-lite0": [{}, {"smoothing": "softmax"}],
    "weighted-sum": [{}, {"align": "swap"}, {"align": "none", "projection": "orthonormal"}],
    "patchgan": [{}, {"norm": "batch"}, {"norm": "none", "spectral_norm": True, "base_channels": 8}],
    "multiscale-patchgan": [
        {"base_channels": 8},
        {"base_channels": 8, "scales": 2, "norm": "batch", "spectral_norm": True},
    ],
    "gram": [{}, {"reduction": "mean", "normaliser": "elements"}],
    "tv": [{}, {"form": "isotropic"}],
    "bce": [{}, {"saturating": True}],
    "region": [
        {},
        {"statistic": "contrast"},
        {"statistic": "gradient-energy"},
        {"where": "mask"},
        {"where": "mask", "statistic": "contrast"},
        {"where": "mask", "statistic": "gradient-energy"},
    ],
    "realism": [{}, {"patch": (0, 1)}, {"scale": 0}],
    "style": [{}, {"statistic": "gram", "relative": True}, {"statistic": "mean"}, {"statistic": "std"}],
    "statistics-gap": [{}, {"statistic": "mean", "to": "content"}, {"statistic": "std", "relative": True}],
    "style-distance": [{}, {"statistic": "gram"}],
    "artfid-like": [{"least": 2}, {"least": 2, "content_layers": ("relu4_1",), "layer": "relu3_1"}],
    "entropy": [{}, {"of": "style"}],
    "layer": [{}, {"role": "content"}, {"role": "style"}],
    "channels": [{}, {"role": "content"}, {"role": "style"}],
    "picture": [{}, {"role": "content"}, {"role": "style"}],
    "layers": [{}, {"role": "content"}, {"role": "stylized"}],
    "statistics": [{}, {"statistic": "mean"}, {"statistic": "std", "role": "stylized"}],
    "rise": [{"masks": 200}],
}
"""What to check a component with, where its defaults alone would say too little or take too long."""

ELSEWHERE = {("score", "lpips"), ("executor", "dask")}
"""Checked beside their own tests, for they need weights that do not ship, and a scheduler."""

SPECS = [
    offer.spec
    for kind in KIND_HOOKS
    for offer in installed_catalog().offers(kind)
    if offer.distribution == "gsx" and (kind, offer.spec.name) not in ELSEWHERE
]


@parametrize_with_checks(SPECS, options=OPTIONS)
def test_builtin(check: Check):
    check()


def test_nothing_is_broken():
    broken = {record.entry_point: record.error for record in installed_catalog().records if record.broken}
    assert not broken
