"""The slim VGG-19 as an extractor of its own: the student of a distillation."""

from __future__ import annotations

from collections.abc import Mapping

from gsx.api import WeightsError
from gsx_extractors.options import SlimOptions
from gsx_extractors.slim_vgg19 import SlimVgg19
from gsx_extractors.smoothing import with_smoothing


class Vgg19Slim(SlimVgg19):
    """A fresh network of the widths that the options give, or the one that the header of a weights file describes.

    Raises:
        WeightsError: the file's widths are not those that the options give explicitly.
    """

    def __init__(self, options: SlimOptions, metadata: Mapping[str, str]) -> None:
        if not metadata:
            super().__init__(options.widths, batch_norm=options.batch_norm)
            with_smoothing(self, options)
            return
        stored = SlimVgg19.widths_in(metadata)
        if "widths" in options.model_fields_set and stored != options.widths:
            raise WeightsError(
                f"the weights file has widths {list(stored)}, and the options say {list(options.widths)}.",
                hint="Leave extractor.widths out: the file knows its widths.",
            )
        super().__init__(stored)
        with_smoothing(self, options)
