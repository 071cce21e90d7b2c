"""Pictures in and out: the one decoder, resizing and padding, saving, and pairs of files.

An image is float32 RGB ``(1, 3, H, W)`` in [0, 1] everywhere in GSX; this package makes it so and nothing else reads
picture files. What it cannot use it refuses with :class:`gsx.errors.ImageError`.
"""

from gsx.images.decode import MAX_PIXELS, MIN_SIDE, Decoded, decode
from gsx.images.listing import Listing, Skipped, list_images
from gsx.images.pairs import Pair, make_pairs
from gsx.images.resize import Padding, crop_back, pad_to_multiple, resize_longer, resize_note
from gsx.images.save import save_png

__all__ = [
    "MAX_PIXELS",
    "MIN_SIDE",
    "Decoded",
    "Listing",
    "Padding",
    "Pair",
    "Skipped",
    "crop_back",
    "decode",
    "list_images",
    "make_pairs",
    "pad_to_multiple",
    "resize_longer",
    "resize_note",
    "save_png",
]
