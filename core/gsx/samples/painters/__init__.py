"""One module per style technique; each has ``paint(size, rng) -> array`` and paints its picture from nothing.

``kit``, ``brush`` and ``washes`` are the tools that they share.

Every painter works in *canvas units* (1.0 is the side of the square canvas), so that a 64 pixel picture for a
test and the 512 pixel picture that ships show the same scene. The array is float32, shape ``(size, size, 3)``,
RGB in 0..1 (display-referred sRGB values, no linear light: painters mix pigments by eye).
"""
