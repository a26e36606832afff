"""Which column of a file of use records holds what."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from inspection import file_columns
from inspection.criteria import GROUPS
from inspection.errors import Fault, InvalidInput
from inspection.file_columns import normal

GROUP = "group_"
# A register of facilities and a table of visits call a place by the same names (`facility_columns.py`).
NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "facility_id": ("facility_id", "facility"),
        "external_id": ("external_id", "id", "ref", "identifier"),
        "operator_tax_id": ("operator_tax_id", "tax_id", "bin", "iin_bin", "бин", "иин_бин", "бин_иин", "инн"),
        "address": ("address", "address_ru", "address_kk", "адрес", "мекенжайы", "мекенжай"),
        "name": ("name", "name_ru", "name_kk", "наименование", "название", "наименование_объекта", "атауы"),
        "district": ("district", "district_code", "район", "аудан"),
        "source": ("source", "источник", "дереккөз"),
        "visits": ("visits", "посещения", "посещений", "келу_саны"),
        "clients": ("clients", "клиенты", "клиентов", "клиенттер"),
        "period_from": ("period_from", "from", "date", "visited_on", "с", "дата", "начало", "күні", "басталуы"),
        "period_to": ("period_to", "to"),
        "last_day": ("last_day", "по", "последний_день", "соңғы_күні"),
        "completeness": ("completeness", "полнота", "толықтығы"),
        "groups": ("groups", "группы", "топтар"),
        **{group: (GROUP + group, group) for group in GROUPS},
        "reference": ("reference", "номер", "нөмірі"),
        "source_text": ("source_text", "основание", "негіздеме"),
        "argument": ("argument", "обоснование", "дәлел"),
    }
)
FACILITY = ("facility_id", "external_id", "operator_tax_id", "name")


def recognise(columns: Sequence[str], said: Mapping[str, str], *, needs_source: bool) -> dict[str, str]:
    """Field to column, as `file_columns.recognise` finds them. Raises InvalidInput, also for an unknown group."""
    needed: list[tuple[str, ...]] = [FACILITY, ("period_from",), *([("source",)] if needs_source else [])]
    found = file_columns.recognise(NAMES, columns, said, needed, what="a use record")
    accepted = ", ".join(GROUP + group for group in GROUPS)
    strange = [column for column in columns if normal(column).startswith(GROUP) and column not in found.values()]
    if strange:
        faults = [Fault(f"/{column}", "there is no such group", accepted) for column in strange]
        raise InvalidInput(faults, "the columns of the file do not fit")
    return found
