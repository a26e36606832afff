"""Which column of a file of facilities holds what."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from inspection import file_columns

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
    """Field to column, as `file_columns.recognise` finds them. Raises InvalidInput."""
    return file_columns.recognise(NAMES, columns, said, needed, what="a facility")
