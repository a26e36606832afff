"""The model of Pandus, as the product computes it (`inspection.priority`), on a simulated country."""

import numpy as np

from bench.priority.country import BLOCKS, GROUP_SHARES, PLACEHOLDERS, SHAPE, ZONE_USE, Country, Floats
from inspection.priority import (
    Barriers,
    Prior,
    estimated_prior,
    exposure,
    obstructed_shares,
    obstructed_visits,
    visit_rates,
)


def ranks(country: Country, *, learn: bool = True) -> Floats:
    """Obstructed visits a month that the model expects of each facility. learn: counts change the priors."""
    shares = obstructed_shares(_barriers(country), len(country.kind)).by_facility
    exposed = exposure(country.exposure, 1.0, shares @ GROUP_SHARES)
    priors = [_prior(country, kind, exposed, learn=learn) for kind in range(len(PLACEHOLDERS))]
    shape = np.array([prior.shape for prior in priors])[country.kind]
    rate = np.array([prior.rate for prior in priors])[country.kind]
    visits = visit_rates(shape, rate, country.visits, exposed).mean
    estimated = (exposed <= 0) & ~np.isnan(country.catchment)
    visits = np.where(estimated, visits * np.nan_to_num(country.catchment), visits)
    return obstructed_visits(visits, np.broadcast_to(GROUP_SHARES, shares.shape), shares)


def _barriers(country: Country) -> Barriers:
    """What a zone's worst fails block of each group, as one barrier a zone."""
    facility, zone = np.nonzero(country.fails.any(axis=2))
    block = np.array([0.0, *BLOCKS])[country.fails[facility, zone]]
    return Barriers(facility, zone, block, ZONE_USE[zone])


def _prior(country: Country, kind: int, exposed: Floats, *, learn: bool) -> Prior:
    placeholder = Prior(SHAPE, SHAPE / float(PLACEHOLDERS[kind]), placeholder=True)
    of_kind = country.kind == kind
    return estimated_prior(country.visits[of_kind], exposed[of_kind], placeholder) if learn else placeholder
