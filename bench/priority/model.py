"""The model of Pandus on whole columns: Gamma-Poisson visits, obstruction by findings, placeholder priors.

Formulas 1 to 4 of the domain rules (4.3), vectorised, because a simulation ranks hundreds of countries.
"""

import numpy as np

from bench.priority.country import BLOCKS, GROUP_SHARES, PLACEHOLDERS, SHAPE, Country, Floats, obstructed_share

ENOUGH = 8  # counted facilities of a kind before its prior is estimated


def ranks(country: Country, *, learn: bool = True) -> Floats:
    """Obstructed visits a month that the model expects of each facility. learn: counts change the priors."""
    blocked = obstructed_share(np.array([0.0, *BLOCKS])[country.fails]) @ GROUP_SHARES
    exposure = country.exposure * (1 - blocked)
    shape, rate = (
        _priors(country, exposure) if learn else (np.full(len(PLACEHOLDERS), SHAPE), SHAPE / PLACEHOLDERS)
    )
    shape, rate = shape[country.kind], rate[country.kind]
    counted = exposure > 0
    expected = np.where(counted, (shape + country.visits) / (rate + exposure), shape / rate)
    estimated = ~counted & ~np.isnan(country.catchment)
    expected = np.where(estimated, expected * np.nan_to_num(country.catchment), expected)
    return np.asarray(expected * blocked)


def _priors(country: Country, exposure: Floats) -> tuple[Floats, Floats]:
    """Shape and rate by kind, by moments where enough was counted."""
    shape, rate = np.full(len(PLACEHOLDERS), SHAPE), SHAPE / PLACEHOLDERS
    for kind in range(len(PLACEHOLDERS)):
        of_kind = (country.kind == kind) & (exposure > 0)
        n, e, y = int(of_kind.sum()), exposure[of_kind], country.visits[of_kind]
        if n < ENOUGH or y.sum() == 0:
            continue
        mean = y.sum() / e.sum()
        spread = (e * (y / e - mean) ** 2).sum() / e.sum() - mean * n / e.sum()
        spread = spread if spread > 0 else (mean / 10) ** 2
        shape[kind], rate[kind] = mean**2 / spread, mean / spread
    return shape, rate
