"""The bench's documents as Pandus writes them: same ids, same answers, about the same weight."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from inspection.checklists import checklist_id

Document = dict[str, Any]

COUNTRY = "KZ"
REGION = "900000000"
CHECKLIST_VERSION = "7.0.0"
VALUES = {"yes": {"value": "yes"}, "no": {"value": "no"}, "n/a": {"state": "not_applicable"}}
# Our answers carry no moment each, but a tablet measures its position all along: with a fix at every second answer
# a document is as long as the bench's.
ANSWERS_A_FIX = 2
EAST = 70  # degrees that bring the bench's places into the country


def district_code(name: str) -> str:
    """Our code of a district of the bench, D000 and on."""
    return f"90{10 + int(name[1:])}00000"


def checklist_key(number: int) -> str:
    """The catalogue that one of the bench's twelve checklists becomes: all are valid at once."""
    return f"bench-{number}"


CHECKLISTS = {n: str(checklist_id(COUNTRY, checklist_key(n), CHECKLIST_VERSION)) for n in range(1, 13)}


def audit_document(audit: Mapping[str, Any]) -> Document:
    """A signed audit as a tablet writes it, five minutes after the visit, by a clock that the server had set."""
    signed = _moment(audit["finished_at"]) + timedelta(minutes=5)
    heard = _moment(audit["started_at"]) - timedelta(hours=1)
    answers = [_answer(each) for each in audit["answers"]]
    answers[-1]["note"] = audit["summary"]
    return {
        "id": audit["id"],
        "facility": audit["facility_id"],
        "checklist": CHECKLISTS[audit["checklist"]],
        "ground": "preventive",
        "appointment": {"number": audit["signature_sha256"][:32], "date": audit["started_at"][:10]},
        "started_at": audit["started_at"],
        "finished_at": audit["finished_at"],
        "signed_at": _spelled(signed),
        "anchor": {
            "server_time": _spelled(heard),
            "elapsed_ms": int((signed - heard).total_seconds() * 1000),
            "boot_id": audit["device"],
        },
        "fixes": [_fix(audit["location"], each["answered_at"]) for each in audit["answers"][::ANSWERS_A_FIX]],
        "answers": answers,
    }


def _answer(answer: Mapping[str, Any]) -> Document:
    note = {"note": answer["note"]} if "note" in answer else {}
    return {"criterion": answer["question"], **VALUES[answer["value"]], **note}


def _fix(location: Mapping[str, Any], at: str) -> Document:
    return {
        "lat": location["lat"],
        "lon": round(location["lon"] + EAST, 6),
        "accuracy_m": location["accuracy_m"],
        "at": at,
    }


def facility_document(facility: Mapping[str, Any]) -> Document:
    """What a tablet says of a facility."""
    address = facility["address"]
    where = f"{address['line1']}, {address['town']}"
    return {
        "id": facility["id"],
        "kind": facility["type"],
        "name_kk": facility["name"],
        "name_ru": f"{facility['name']} ({facility['code']})",
        "address_kk": where,
        "address_ru": f"{where}, {address['postcode']}",
        "catchment": facility["capacity"],
        "building_year": 1990,
        "active": facility["active"],
    }


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _spelled(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
