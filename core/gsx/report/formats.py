"""Numbers as a reader wants them: few digits, a true minus sign, units."""

from __future__ import annotations

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def figure(value: float, digits: int = 3) -> str:
    """``0.0123``, ``12,300``, ``1.2×10⁻⁵``: ``digits`` significant ones.

    Example:
        >>> figure(-0.01234), figure(0), figure(0.0000123)
        ('−0.0123', '0', '1.23×10⁻⁵')
    """
    if value == 0:
        return "0"
    mantissa, _, power = f"{value:.{digits - 1}e}".partition("e")
    exponent = int(power)
    if exponent < -3 or exponent > 6:
        return f"{mantissa}×10{str(exponent).translate(_SUPERSCRIPTS)}".replace("-", "−")
    rounded = float(f"{mantissa}e{power}")
    return f"{rounded:,.{max(0, digits - 1 - exponent)}f}".replace("-", "−")


def signed(value: float, digits: int = 3) -> str:
    """:func:`figure` with its sign always shown; zero has none."""
    return f"+{figure(value, digits)}" if value > 0 else figure(value, digits)


def percent(share: float) -> str:
    """``62 %``; one decimal where the whole numbers would say none or all, and are not exact.

    Example:
        >>> percent(0.617), percent(0.004), percent(0.998), percent(1)
        ('62 %', '0.4 %', '99.8 %', '100 %')
    """
    value = 100 * share
    if 0 < abs(value) < 0.1:
        return "under 0.1 %"
    if 99.9 < value < 100:
        return "over 99.9 %"
    near_an_end = 0 < abs(value) < 1 or 99 < value < 100
    return (f"{value:.1f} %" if near_an_end else f"{value:,.0f} %").replace("-", "−")


def duration(seconds: float) -> str:
    """``0.42 s``, ``12.3 s``, ``2 min 05 s``."""
    if seconds < 9.995:
        return f"{seconds:.2f} s"
    if seconds < 99.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s"


def memory(mebibytes: float) -> str:
    """``812 MiB``, ``1.4 GiB``."""
    return f"{mebibytes:,.0f} MiB" if mebibytes < 1024 else f"{mebibytes / 1024:.1f} GiB"


def size(pixels: object) -> str:
    """``256 × 192 px`` from ``[256, 192]``; nothing from anything else."""
    if isinstance(pixels, (list, tuple)) and len(pixels) == 2:
        return f"{pixels[0]} × {pixels[1]} px"
    return ""


def plural(count: int, one: str, many: str | None = None) -> str:
    """``1 layer``, ``2 layers``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
