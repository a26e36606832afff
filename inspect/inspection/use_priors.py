"""What is expected of use before anybody counted, read from `data/use-priors.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import isclose, isfinite
from pathlib import Path
from typing import Any

import yaml

from inspection.criteria import GROUPS
from inspection.errors import Fault, InvalidInput
from inspection.priority import Prior

OWN_FILE = Path(__file__).parent / "data" / "use-priors.yaml"
SCHEMA = "pandus-use-priors/1"
OTHERS = "other"  # stands for the kinds that are not named


@dataclass(frozen=True, slots=True)
class UsePriors:
    """Priors by kind, and the expected share of visits by group in the order of criteria.GROUPS.

    placeholder: the numbers are invented; lists that rest on them say so.
    """

    by_kind: Mapping[str, Prior]
    group_shares: tuple[float, ...]
    placeholder: bool

    def of(self, kind: str) -> Prior:
        """The prior of a kind; that of other kinds where it is not named."""
        return self.by_kind.get(kind, self.by_kind[OTHERS])


def read_use_priors(text: str) -> UsePriors:
    """The priors in a file of the form of `data/use-priors.yaml`.

    Raises InvalidInput with every fault: rates and shapes that are not above 0, shares that do not sum to 1.
    """
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError:
        raise InvalidInput([Fault("", "this is not YAML", f"a file of the schema {SCHEMA}")]) from None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise InvalidInput([Fault("/schema", "this is no file of use priors", SCHEMA)])
    faults = list(_faults(document))
    if faults:
        raise InvalidInput(faults)
    shape, placeholder = float(document["shape"]), document["placeholder"]
    rates = document["visits_a_month"]
    by_kind = {kind: Prior(shape, shape / mean, placeholder=placeholder) for kind, mean in rates.items()}
    return UsePriors(by_kind, tuple(float(document["group_shares"][g]) for g in GROUPS), placeholder)


@cache
def own_use_priors() -> UsePriors:
    """The priors that Pandus comes with."""
    return read_use_priors(OWN_FILE.read_text(encoding="utf-8"))


def _faults(document: Mapping[str, Any]) -> list[Fault]:
    faults = []
    if not isinstance(document.get("placeholder"), bool):
        faults.append(Fault("/placeholder", "it is not said whether the numbers are invented", "true or false"))
    if not _positive(document.get("shape")):
        faults.append(Fault("/shape", "a shape must be above 0", "a number above 0"))
    rates, shares = document.get("visits_a_month"), document.get("group_shares")
    if not isinstance(rates, dict) or OTHERS not in rates:
        faults.append(
            Fault("/visits_a_month", "no rate for other kinds", f"kinds with visits, one of them {OTHERS}")
        )
    else:
        bad = (kind for kind, mean in rates.items() if not _positive(mean))
        faults += [Fault(f"/visits_a_month/{kind}", "a rate must be above 0", "a number above 0") for kind in bad]
    if not isinstance(shares, dict) or set(shares) != set(GROUPS) or not all(map(_positive, shares.values())):
        faults.append(Fault("/group_shares", "every group needs a share above 0", ", ".join(GROUPS)))
    elif not isclose(sum(shares.values()), 1, abs_tol=1e-9):
        faults.append(Fault("/group_shares", "the shares do not sum to 1", "shares with sum 1"))
    return faults


def _positive(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and value > 0
