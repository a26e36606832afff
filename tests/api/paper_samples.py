"""Invented papers: as many items and photos as a test wants."""

import hashlib
from collections.abc import Mapping
from typing import Any

from inspection.prescription_papers import Paper
from tests.inspection.pictures import a_jpeg

NASTY = "#set text(red) $x$ @ref \\ *bold* _it_ <label> `raw` // \u202eevil \U0001f600 中 [x] #{panic()}"
LONG = "Қолжетімділіксіздендірілмегендіктеріңізденшығарылғандықтан"


def an_item(position: int, photos: tuple[int, ...] = (), **about: Any) -> dict[str, Any]:
    plain = {
        "position": position,
        "place": "main",
        "due_on": "2026-04-15",
        "value": 0.75,
        "unit": "m",
        "limit": "≥ 0.9",
        "title": {
            "kk": f"{position}-талап: кіреберіс есігінің ашық тұрған кездегі енінің жеткіліктілігі",
            "ru": f"Требование {position}: достаточность ширины открытого проёма входной двери",
        },
        "zone": {"kk": "Кіреберіс", "ru": "Входная группа"},
        "norm": "СП РК 3.06-101-2012*" if position % 2 else None,
        "clause": "4.3.2.20" if position % 2 else None,
        "groups": [
            {"kk": "Кресло-арбада жүретін", "ru": "На кресле-коляске"},
            {"kk": "Тірек-қимыл аппараты бұзылған", "ru": "Нарушения опорно-двигательного аппарата"},
        ],
        "severity": {"kk": "Өрескел", "ru": "Грубое"},
        "photos": list(photos),
    }
    return plain | about


def a_paper(items: int = 1, photos: int = 0, **about: Any) -> Paper:
    """Item n has photo n, as far as there are photos."""
    content: dict[str, Any] = {
        "edition": 1,
        "country": "KZ",
        "number": "АЛ-2026-000017",
        "issued_at": "2026-03-16T05:00:00+00:00",
        "issued_on": "2026-03-16",
        "department": {
            "kk": "Ойдан шығарылған аумақтық департамент",
            "ru": "Выдуманный территориальный департамент",
        },
        "place": {"kk": "Алматы", "ru": "Алматы"},
        "basis": {
            "appointment_number": "17-үлгі",
            "appointment_date": "2026-03-10",
            "ersop_number": None,
            "ersop_date": None,
        },
        "ground": "preventive",
        "period": {"from": "2026-03-15", "to": "2026-03-15"},
        "checklist": {"key": "pandus-criteria", "version": "1.0.0"},
        "subject": {
            "name": {"kk": "«Үлгі» ЖШС", "ru": "ТОО «Пример»"},
            "bin": "991140000012",
            "address": "Мысал көшесі, 1",
            "kato": "751110000",
        },
        "object": {
            "name": {"kk": "№ 1 үлгі емханасы", "ru": "Поликлиника-пример № 1"},
            "kind": {"kk": "Емхана", "ru": "Поликлиника"},
            "address": {"kk": "Мысал көшесі, 1", "ru": "ул. Примерная, 1"},
            "size": "small",
        },
        "inspector": "Выдуманный Инспектор",
        "items": [an_item(n, (n,) if n <= photos else ()) for n in range(1, items + 1)],
        "photos": [{"number": n, "item": n, "sha256": sha256(n)} for n in range(1, photos + 1)],
    }
    held = content | about
    return Paper(held, b"\0" * 32, frozenset(photo["sha256"] for photo in held["photos"]))


def sha256(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def pictures(number: int) -> Mapping[str, bytes]:
    """A picture for each of the first photos."""
    return {sha256(n): a_jpeg(400 + n, 300) for n in range(1, number + 1)}
