from __future__ import annotations


def rate(lr: float) -> str:
    """A learning rate, short: two digits, a power of ten outside of 0.01 to 100.

    Args:
        lr: Positive.

    Returns:
        Text that Python reads as a number.

    >>> rate(0.00032), rate(0.1), rate(1e-5), rate(25.1)
    ('3.2e-4', '0.1', '1e-5', '25')
    """
    mantissa, exponent = f"{lr:.1e}".split("e")
    power = int(exponent)
    if -2 <= power < 2:
        return f"{float(f'{mantissa}e{power}'):g}"
    return f"{mantissa.removesuffix('.0')}e{power}"


def rate_argument(lr: float) -> str:
    """A learning rate for the command line of a program: all of its digits, always with a point.

    YAML takes ``1e-05`` for a word and ``1.0e-05`` for a number.

    Args:
        lr: Positive.

    Returns:
        Text that comes back as the same number.

    >>> rate_argument(0.00316), rate_argument(1e-5), rate_argument(1.5e-7)
    ('0.00316', '1.0e-05', '1.5e-07')
    """
    text = repr(float(lr))
    return text if "." in text or "e" not in text else text.replace("e", ".0e")


def length(updates: int, granularity: int = 1) -> str:
    """A length of training.

    Args:
        updates: How many.
        granularity: Updates that an epoch counts as, above 1.

    Returns:
        Updates, or epochs.

    >>> length(1200), length(1200, 100), length(1)
    ('1,200 updates', '12 epochs', '1 update')
    """
    if granularity == 1:
        return f"{updates:,} update{'' if updates == 1 else 's'}"
    epochs = updates / granularity
    return f"{epochs:,.4g} epoch{'' if epochs == 1 else 's'}"


def short_length(updates: int, granularity: int = 1) -> str:
    """The same where there is little room.

    Args:
        updates: How many.
        granularity: Updates that an epoch counts as, above 1.

    Returns:
        Updates, or epochs.

    >>> short_length(1200), short_length(10_000_000), short_length(2_500_000, 1000)
    ('1,200 updates', '10M updates', '2,500 epochs')
    """
    return length(updates, granularity) if granularity > 1 else f"{count_text(updates)} update{'s' * (updates != 1)}"


def count_text(count: float) -> str:
    """A number of updates on an axis: whole, or in thousands and millions where it is long.

    Args:
        count: Not negative.

    Returns:
        Text.

    >>> count_text(2000), count_text(250_000), count_text(1_500_000), count_text(0)
    ('2,000', '250k', '1.5M', '0')
    """
    for size, letter in ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")):
        if count >= size and count >= 100_000:
            return f"{count / size:.4g}{letter}"
    return f"{count:,.0f}"


def duration(seconds: float) -> str:
    """A duration for people.

    Args:
        seconds: Not negative.

    Returns:
        Text with one or two units.

    >>> duration(0.4), duration(75), duration(7800), duration(200_000)
    ('0.4 s', '1 min 15 s', '2 h 10 min', '2 d 7 h')
    """
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for size, large, small, unit in ((86_400, "d", "h", 3_600), (3_600, "h", "min", 60), (60, "min", "s", 1)):
        if whole >= size:
            rest = whole % size // unit
            return f"{whole // size} {large}" + (f" {rest} {small}" if rest else "")
    return f"{whole} s"


def score_text(score: float, digits: int = 3) -> str:
    """A score or a loss, short.

    Args:
        score: Any number.
        digits: How many of them tell something.

    Returns:
        Text.

    >>> score_text(0.06129), score_text(2.301), score_text(0.0000312), score_text(123456.0)
    ('0.0613', '2.3', '3.12e-5', '1.23e5')
    """
    return f"{score:.{digits}g}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")
