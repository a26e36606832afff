"""Which column of a file holds what."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from inspection.errors import Fault, InvalidInput

# Names under which a field is recognised, the first that a file has wins. Not only English: registers here name
# their columns in Russian and Kazakh.
NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "external_id": ("external_id", "id", "ref", "identifier"),
        "name_ru": ("name_ru", "name", "наименование", "название", "наименование_объекта"),
        "name_kk": ("name_kk", "name_ky", "атауы"),
        "address_ru": ("address_ru", "address", "адрес"),
        "address_kk": ("address_kk", "address_ky", "мекенжайы", "мекенжай"),
        "kind": ("kind", "category", "вид", "вид_объекта", "түрі"),
        "lat": ("lat", "latitude", "широта", "ендік"),
        "lon": ("lon", "lng", "long", "longitude", "долгота", "бойлық"),
        "accuracy_m": ("accuracy_m",),
        "operator_tax_id": ("operator_tax_id", "tax_id", "bin", "iin_bin", "бин", "иин_бин", "бин_иин", "инн"),
        "operator_name": ("operator_name", "operator", "организация", "ұйым"),
        "building_year": ("building_year", "год_постройки"),
        "catchment": ("catchment",),
        "active": ("active",),
        "deleted": ("deleted", "marked_deleted"),
    }
)


def recognise(
    columns: Sequence[str], said: Mapping[str, str], needed: Sequence[tuple[str, ...]]
) -> dict[str, str]:
    """Field to column.

    said: field to column, as a person named them; they win. needed: groups of fields of which one must be there.
    Raises InvalidInput, once, for everything that is missing, doubled or not known.
    """
    faults = _wrongly_said(columns, said)
    found = {field: column for field, column in said.items() if field in NAMES}
    normal = {_normal(column): column for column in reversed(columns)}
    for field, names in NAMES.items():
        column = next((normal[name] for name in names if name in normal), None)
        if field not in found and column is not None and column not in said.values():
            found[field] = column
    twice = Counter(columns)
    faults += [
        Fault(f"/{column}", f"there are {twice[column]} columns {column}", "one column of each name")
        for column in dict.fromkeys(found.values())
        if twice[column] > 1
    ]
    faults += [
        Fault(
            f"/{group[0]}",
            f"there is no column for {' or '.join(group)}; the file has {_listed(columns)}",
            _names(group),
        )
        for group in needed
        if not any(field in found for field in group)
    ]
    if faults:
        raise InvalidInput(faults, "the columns of the file do not fit")
    return found


def _wrongly_said(columns: Sequence[str], said: Mapping[str, str]) -> list[Fault]:
    faults = [
        Fault(f"/{field}", f"{field!r} is no field of a facility", ", ".join(NAMES))
        for field in said
        if field not in NAMES
    ]
    return faults + [
        Fault(f"/{field}", f"the file has no column {column!r}", _listed(columns))
        for field, column in said.items()
        if column not in columns
    ]


def _names(group: Sequence[str]) -> str:
    return "a column named " + ", ".join(name for field in group for name in NAMES[field])


def _listed(columns: Sequence[str]) -> str:
    shown = ", ".join(columns[:40])
    return shown[:500] + (", ..." if len(columns) > 40 or len(shown) > 500 else "")


def _normal(name: str) -> str:
    return re.sub(r"[\s/-]+", "_", name.strip().casefold())
