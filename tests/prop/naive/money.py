"""Exposure: the clamp, the one rounding, and the split over lines (half to even; largest fraction, then line order)."""

from fractions import Fraction

MINOR = 100


def settle(wanted, paid):
    """(exposure, shares) in minor units; (None, Nones) when a carrying line lacks what was paid, or nothing is known."""
    if wanted is None or any(amount is None for amount in paid):
        return None, [None] * len(paid)
    positive = [max(amount, Fraction(0)) for amount in paid]
    most = sum(positive, Fraction(0))
    exposure = round(min(max(wanted, Fraction(0)), most) * MINOR)
    while Fraction(exposure, MINOR) > most:
        exposure -= 1
    if not most:
        return exposure, [0] * len(paid)
    exact = [exposure * amount / most for amount in positive]
    shares = [share.numerator // share.denominator for share in exact]
    order = sorted(range(len(paid)), key=lambda i: (shares[i] - exact[i], i))
    for i in order[:exposure - sum(shares)]:
        shares[i] += 1
    return exposure, shares
