"""GSX: explainable GAN-based image style transfer.

In notebooks: :func:`stylize`, :func:`stylize_tiled`, :func:`explain`, :func:`compare_twins`, :func:`train` and
:class:`Pipeline`, imported (with torch) on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gsx.explaining.explain import explain as explain
    from gsx.explaining.twins import compare_twins as compare_twins
    from gsx.pipeline.pipeline import Pipeline as Pipeline
    from gsx.pipeline.tiles import stylize_tiled as stylize_tiled
    from gsx.run.stylize import stylize as stylize
    from gsx.training.call import train as train

__version__ = "0.1.0"

_LAZY = {
    "Pipeline": "gsx.pipeline.pipeline",
    "compare_twins": "gsx.explaining.twins",
    "explain": "gsx.explaining.explain",
    "stylize": "gsx.run.stylize",
    "stylize_tiled": "gsx.pipeline.tiles",
    "train": "gsx.training.call",
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        import importlib

        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'gsx' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *_LAZY]
