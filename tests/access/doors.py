"""What each route of the application asks of who calls it. A route without a row here fails the matrix.

A row says which act is needed, on which object of the scene, and what a plausible request looks like. What then
must happen follows from `inspection.access.MAY` alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from inspection.access import Act
from tests.access.scene import Scene

Body = Callable[[Scene], Any]


class Needs(StrEnum):
    """What a door asks beside a role."""

    NOTHING = "nothing"  # not even a token
    SECRET = "a secret in the address"
    SIGN_IN = "sign-in"
    ACT_SOMEWHERE = "the act in some area"  # else 403
    ACT_ONCE = "the act in some area, now or in the past"  # who came home with work may send it
    ACT_IN_COUNTRY = "the act in the whole country"
    ACT_THERE = "the act where the new thing is to lie"  # else 403: areas are no secret
    ACT_ON_OBJECT = "the act where the object lies"  # else 404, or 403 for who may read it
    OWN = "one's own"  # else 404
    PROOF = "one's password once more"  # 409 for who signs in without one


class Lies(StrEnum):
    """Where the object of a door lies, and so which grants reach it."""

    IN_DISTRICT = "in the district"
    OF_REGION = "in the region, for all its districts"  # who may edit in one of them sees it too
    FOR_REGION = "in the region, read in all its districts"
    WHOLE_REGION = "in the region"  # only for who holds all of it


@dataclass(frozen=True, slots=True)
class Door:
    """One method of one route.

    act: what is done; of an object, reading is needed first unless hidden: then who may not act sees nothing.
    also: another act that is as good. fills: values of the address. shows: what a list shows to who may do its
    act where that lies. commits: the request needs several units, so it is not undone; it makes something new.
    """

    needs: Needs
    act: Act = Act.READ
    also: Act | None = None
    lies: Lies = Lies.IN_DISTRICT
    fills: Callable[[Scene], Mapping[str, Any]] = lambda _: {}
    query: Callable[[Scene], Mapping[str, Any]] = lambda _: {}
    body: Body | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    hidden: bool = False
    shows: Callable[[Scene], Any] | None = None
    commits: bool = False


def of(name: str, argument: str | None = None) -> Callable[[Scene], Mapping[str, Any]]:
    """Fills the address with the id of an object of the scene."""
    return lambda scene: {argument or f"{name}_id": getattr(scene, name)}


def shown(name: str) -> Callable[[Scene], Any]:
    """An object that a list shows."""
    return lambda scene: getattr(scene, name)


def one(name: str, act: Act = Act.READ, argument: str | None = None, **more: Any) -> Door:
    """A door to one object."""
    return Door(Needs.ACT_ON_OBJECT, act, fills=of(name, argument), **more)


def held(_scene: Scene) -> Mapping[str, Any]:
    """What somebody says of mail that is held."""
    return {"outcome": "discard", "reason": "Отправлено раньше."}


def listing(name: str, act: Act = Act.READ, **more: Any) -> Door:
    """A door to a list of such objects."""
    return Door(Needs.SIGN_IN, act, shows=shown(name), **more)


def reason(_: Scene) -> Any:
    """The body of an act that is justified."""
    return {"reason": "Проверено."}


ANYBODY, SIGNED_IN = Door(Needs.NOTHING), Door(Needs.SIGN_IN)
REV = {"If-Match": '"1"'}
TUS = {"Tus-Resumable": "1.0.0", "Upload-Length": "4"}
PATCHED = {
    "Tus-Resumable": "1.0.0",
    "Upload-Offset": "0",
    "Content-Type": "application/offset+octet-stream",
    "X-HTTP-Method-Override": "PATCH",
}


def in_district(scene: Scene) -> Mapping[str, Any]:
    """A query about the district of the scene."""
    return {"area": scene.district}


def half_a_year(_: Scene) -> Mapping[str, Any]:
    """A period of a report."""
    return {"from": "2026-01-01", "to": "2026-06-30"}


def found_lately(scene: Scene) -> Mapping[str, Any]:
    """A question about the violations behind a figure of a report."""
    return {**half_a_year(scene), "figure": "violations_found.total"}


def for_whom(_: Scene) -> Mapping[str, Any]:
    """A question about distances."""
    return {"kind": "polyclinic", "group": "wheelchair"}


def of_intake(scene: Scene) -> Mapping[str, Any]:
    """The key of the row that waits for a person."""
    return {"collection": "facilities", "document_id": scene.facility, "sha256": scene.sha256}


OF_INTAKE: dict[str, Any] = {"also": Act.ADMINISTER, "lies": Lies.WHOLE_REGION}


def intake(body: Body | None = None) -> Door:
    """A door to the row that waits for a person."""
    return Door(Needs.ACT_ON_OBJECT, Act.SET_TIME, fills=of_intake, body=body, hidden=True, **OF_INTAKE)


def an_audit(scene: Scene) -> Any:
    """A signed audit that nobody has sent before."""
    return scene.document()


def an_address(scene: Scene) -> Any:
    """Another address of mail of a person."""
    return {"id": scene.new_id(), "email": "corrected@people.example", "reason": "Проверено."}


def a_grant(scene: Scene) -> Any:
    """A grant in the district of the scene."""
    return {"id": scene.new_id(), "role": "inspector", "area": scene.district}


def a_person(scene: Scene) -> Any:
    """Somebody new with a grant in the district of the scene."""
    return {"id": scene.new_id(), "name": "Выдуманный Человек", "grant": a_grant(scene)}


def a_facility(scene: Scene) -> Any:
    """A new facility in the district of the scene."""
    named = {"name_kk": "Ойдан шығарылған", "name_ru": "Выдуманная", "kind": "polyclinic"}
    return {"id": scene.new_id(), "area_code": scene.district, **named}


def an_operator(scene: Scene) -> Any:
    """A new operator in the region of the scene."""
    named = {"name_kk": "Ойдан шығарылған", "name_ru": "Выдуманное"}
    return {"id": scene.new_id(), "area_code": scene.region, **named}


def a_count(scene: Scene) -> Any:
    """A new count of visits."""
    said = {"source": "counted", "visits": 3, "period_from": "2026-01-01", "period_to": "2026-02-01"}
    return {"id": scene.new_id(), **said}


def a_receipt(scene: Scene) -> Any:
    """Somebody received the prescription."""
    said = {"channel": "paper", "received_by": "Үлгі Алушы", "received_on": "2026-03-16"}
    return {"id": scene.new_id(), **said}


def a_decision(scene: Scene) -> Any:
    """The declaration of the owner, recorded by an official."""
    return {"id": scene.new_id(), "kind": "declare", "reason": "Письмо владельца.", "based_on": scene.audit}


def a_tour(scene: Scene) -> Any:
    """A tour that visits the facility of the scene."""
    start = {"lat": 43.25, "lon": 76.25}
    named = [{"facility_id": scene.facility, "prize": 1}]
    return {"id": scene.new_id(), "day": "2026-03-18", "start": start, "facilities": named}


def an_office(scene: Scene) -> Any:
    """A new office in the region of the scene."""
    named = {"name_kk": "Ойдан шығарылған басқарма", "name_ru": "Выдуманное управление"}
    return {"id": scene.new_id(), "area_code": scene.region, **named}


def other_stages(scene: Scene) -> Any:
    """Stages from a coming day on."""
    wanted = [{"name": "five_days_before", "days": -6, "to": ["operator"]}, {"days": 2, "to": ["operator"]}]
    day = scene.world.clock() + timedelta(days=30)
    edition = {"country": "KZ", "replaces": 0, "valid_from": day.date().isoformat(), "stages": wanted}
    return {"id": scene.new_id(), **edition}


def a_fine(scene: Scene) -> Any:
    """A fine that nobody has entered yet."""
    said = {"number": "Ш-2", "imposed_on": "2026-03-02", "sum": 100}
    return {"id": scene.new_id(), "operator_id": str(scene.operator), **said}


def planned_works(scene: Scene) -> Any:
    """Works that stand in a plan."""
    return {"id": scene.new_id(), "kind": "plan_works", "words": "В плане.", "year": 2027}


def new_id(scene: Scene) -> Any:
    """An id made by the client, and nothing else."""
    return {"id": scene.new_id()}


def with_reason(scene: Scene) -> Any:
    """An id made by the client, and why."""
    return {"id": scene.new_id(), "reason": "Проверено."}


V1 = "/api/v1"
ACKNOWLEDGEMENT = (
    f"{V1}/prescriptions/<uuid:prescription_id>/acknowledgements/<uuid:acknowledgement_id>/withdrawal"
)
INTAKE = f"{V1}/intake/<string:collection>/<uuid:document_id>/<string:sha256>"
SYNC = "/sync/<name>/<int:version>"
FACILITIES: Callable[[Scene], Mapping[str, Any]] = lambda _: {"name": "facilities", "version": 1}  # noqa: E731

INVITED = Door(Needs.SECRET, body=lambda _: {"secret": "pdi_x"})
# Another token each time: requests are counted by it.
GUESSED = Door(Needs.SECRET, fills=lambda scene: {"token": f"{scene.new_id().replace('-', ''):x<43}"})

DOORS: Mapping[tuple[str, str], Door] = {
    ("GET", "/healthz"): ANYBODY,
    ("GET", "/readyz"): ANYBODY,
    ("GET", "/static/<path:filename>"): Door(Needs.NOTHING, fills=lambda _: {"filename": "swagger-ui/README.md"}),
    ("GET", f"{V1}/docs"): ANYBODY,
    ("GET", f"{V1}/openapi.json"): ANYBODY,
    ("GET", f"{V1}/calendars/<token>.ics"): Door(Needs.SECRET, fills=lambda _: {"token": "x" * 43}),
    ("GET", f"{V1}/me"): SIGNED_IN,
    ("PATCH", f"{V1}/me"): Door(Needs.SIGN_IN, body=lambda _: {"digest": "never"}),
    ("POST", f"{V1}/sign-in"): Door(
        Needs.SECRET, body=lambda _: {"email": "nobody@people.example", "password": "x", "code": "000000"}
    ),
    ("DELETE", f"{V1}/sign-in"): SIGNED_IN,
    ("GET", "/sign-in/oidc"): Door(Needs.SECRET),
    ("GET", "/sign-in/oidc/callback"): Door(Needs.SECRET),
    ("GET", f"{V1}/me/csrf"): SIGNED_IN,
    ("GET", f"{V1}/me/sign-ins"): SIGNED_IN,
    ("DELETE", f"{V1}/me/sign-ins"): SIGNED_IN,
    ("DELETE", f"{V1}/me/sign-ins/<uuid:sign_in_id>"): Door(Needs.OWN, fills=of("sign_in")),
    ("PUT", f"{V1}/me/password"): Door(
        Needs.PROOF, body=lambda _: {"password": "x", "new_password": "тағы бір ұзақ құлыпсөз"}
    ),
    ("POST", f"{V1}/me/totp"): Door(Needs.PROOF, body=lambda _: {"password": "x"}),
    ("POST", f"{V1}/me/totp/confirmation"): Door(Needs.PROOF, body=lambda _: {"code": "000000"}),
    ("POST", f"{V1}/me/recovery-codes"): Door(Needs.PROOF, body=lambda _: {"code": "000000"}),
    ("GET", f"{V1}/me/identities"): SIGNED_IN,
    ("POST", f"{V1}/me/identities"): Door(Needs.PROOF, body=lambda _: {"code": "000000"}),
    ("DELETE", f"{V1}/me/identities/<uuid:identity_id>"): Door(Needs.OWN, fills=of("identity")),
    ("POST", f"{V1}/invitations/opening"): INVITED,
    ("POST", f"{V1}/invitations/provider"): INVITED,
    ("POST", f"{V1}/invitations/acceptance"): Door(
        Needs.SECRET, body=lambda _: {"secret": "pdi_x", "password": "x", "code": "000000"}
    ),
    ("POST", f"{V1}/people/<uuid:person_id>/invitations"): one("person", Act.ADMINISTER, hidden=True, body=new_id),
    ("DELETE", f"{V1}/people/<uuid:person_id>/invitations"): one("person", Act.ADMINISTER, hidden=True),
    ("GET", f"{V1}/people/<uuid:person_id>/sign-ins"): one("person", Act.ADMINISTER, hidden=True),
    ("DELETE", f"{V1}/people/<uuid:person_id>/sign-ins"): one("person", Act.ADMINISTER, hidden=True),
    ("GET", f"{V1}/me/calendar"): SIGNED_IN,
    ("POST", f"{V1}/me/calendar"): Door(Needs.ACT_SOMEWHERE, Act.SUBMIT_AUDIT),
    ("DELETE", f"{V1}/me/calendar"): SIGNED_IN,
    ("GET", f"{V1}/areas"): SIGNED_IN,
    ("GET", f"{V1}/areas/<code>"): Door(Needs.SIGN_IN, fills=lambda scene: {"code": scene.district}),
    ("GET", f"{V1}/checklists"): SIGNED_IN,
    ("GET", f"{V1}/checklists/<uuid:checklist_id>"): Door(Needs.SIGN_IN, fills=of("checklist")),
    ("POST", f"{V1}/checklists"): Door(
        Needs.ACT_IN_COUNTRY,
        Act.ADMINISTER,
        body=lambda _: {"country": "KZ", "text": "schema: none"},
    ),
    ("GET", f"{V1}/notice-stages"): Door(Needs.SIGN_IN, query=lambda _: {"country": "KZ"}),
    ("POST", f"{V1}/notice-stages"): Door(Needs.ACT_IN_COUNTRY, Act.ADMINISTER, body=other_stages),
    ("POST", f"{V1}/notice-stages/preview"): Door(Needs.ACT_IN_COUNTRY, Act.ADMINISTER, body=other_stages),
    ("DELETE", f"{V1}/notice-stages/<uuid:edition_id>"): Door(
        Needs.ACT_IN_COUNTRY, Act.ADMINISTER, fills=of("edition")
    ),
    ("GET", f"{V1}/facilities"): listing("facility"),
    ("POST", f"{V1}/facilities"): Door(Needs.ACT_THERE, Act.EDIT_FACILITY, body=a_facility),
    ("GET", f"{V1}/facilities.geojson"): listing("facility", query=in_district),
    ("GET", f"{V1}/facilities/<uuid:facility_id>"): one("facility"),
    ("PATCH", f"{V1}/facilities/<uuid:facility_id>"): one(
        "facility", Act.EDIT_FACILITY, body=lambda _: {"building_year": 1999}, headers=REV
    ),
    ("GET", f"{V1}/facilities/<uuid:facility_id>/fixes"): one("facility"),
    ("GET", f"{V1}/facilities/<uuid:facility_id>/passport"): one("facility"),
    ("GET", f"{V1}/facilities/<uuid:facility_id>/priority"): one("facility"),
    ("POST", f"{V1}/facilities/<uuid:facility_id>/separate"): one("facility", Act.CONFIRM, body=reason),
    ("GET", f"{V1}/facilities/<uuid:facility_id>/use-records"): one("facility"),
    ("POST", f"{V1}/facilities/<uuid:facility_id>/use-records"): one("facility", Act.RECORD_USE, body=a_count),
    ("GET", f"{V1}/use-records/<uuid:record_id>"): one("record"),
    ("POST", f"{V1}/use-records/<uuid:record_id>/countersign"): one("record", Act.COUNTERSIGN),
    ("POST", f"{V1}/use-records/<uuid:record_id>/withdraw"): one("record", Act.COUNTERSIGN, body=reason),
    ("GET", f"{V1}/people"): SIGNED_IN,  # whom it shows: tests/api/test_people.py
    ("POST", f"{V1}/people"): Door(Needs.ACT_ON_OBJECT, Act.ADMINISTER, body=a_person),
    ("GET", f"{V1}/people/<uuid:person_id>"): one("person", Act.ENROL, also=Act.ADMINISTER, hidden=True),
    ("GET", f"{V1}/people/<uuid:person_id>/export"): one("person", Act.ADMINISTER, hidden=True),
    ("GET", f"{V1}/me/export"): SIGNED_IN,
    ("POST", f"{V1}/people/<uuid:person_id>/grants"): one("person", Act.ADMINISTER, body=a_grant),
    ("PUT", f"{V1}/grants/<uuid:grant_id>/end"): one("grant", Act.ADMINISTER, hidden=True, body=reason),
    ("PUT", f"{V1}/people/<uuid:person_id>/email"): one("person", Act.ADMINISTER, hidden=True, body=an_address),
    ("POST", f"{V1}/people/<uuid:person_id>/token"): one("person", Act.ADMINISTER, hidden=True),
    ("DELETE", f"{V1}/people/<uuid:person_id>/token"): one("person", Act.ADMINISTER, hidden=True),
    ("POST", f"{V1}/people/<uuid:person_id>/pairings"): one(
        "person",
        Act.ENROL,
        lies=Lies.WHOLE_REGION,
        body=lambda scene: {"id": scene.new_id(), "region": scene.region},
    ),
    ("GET", f"{V1}/tablets"): listing("tablet", Act.ENROL, lies=Lies.WHOLE_REGION, query=lambda _: {"limit": 200}),
    ("GET", f"{V1}/tablets/<uuid:tablet_id>"): one("tablet", Act.ENROL, lies=Lies.WHOLE_REGION, hidden=True),
    ("PUT", f"{V1}/tablets/<uuid:tablet_id>/stop"): one(
        "tablet", Act.ENROL, lies=Lies.WHOLE_REGION, hidden=True, body=reason
    ),
    ("POST", f"{V1}/tablet-tokens/pairing"): Door(
        Needs.SECRET, body=lambda scene: {"code": "AAAA-AAAA", "device": scene.new_id()}
    ),
    ("POST", f"{V1}/tablet-tokens"): Door(Needs.SECRET, body=lambda _: {"refresh_token": "pdr_x"}),
    ("GET", f"{V1}/operators"): listing("operator", lies=Lies.OF_REGION),
    ("POST", f"{V1}/operators"): Door(
        Needs.ACT_THERE, Act.EDIT_FACILITY, body=an_operator, lies=Lies.WHOLE_REGION
    ),
    ("GET", f"{V1}/operators/<uuid:operator_id>"): one("operator", lies=Lies.OF_REGION),
    ("PATCH", f"{V1}/operators/<uuid:operator_id>"): one(
        "operator",
        Act.EDIT_FACILITY,
        body=lambda _: {"ownership": "private"},
        headers=REV,
        lies=Lies.OF_REGION,
    ),
    ("GET", f"{V1}/operators/concerning"): listing("operator", query=lambda _: {"least": 1}),
    ("GET", f"{V1}/operators/<uuid:operator_id>/exclusion-letter.pdf"): one("operator", lies=Lies.OF_REGION),
    ("GET", f"{V1}/audits"): listing("audit"),
    ("POST", f"{V1}/audits"): Door(Needs.ACT_ON_OBJECT, Act.SUBMIT_AUDIT, body=an_audit, commits=True),
    ("GET", f"{V1}/audits/<uuid:audit_id>"): one("audit"),
    ("POST", f"{V1}/audits/<uuid:audit_id>/confirmation"): one("audit", Act.CONFIRM, body=with_reason),
    ("PUT", f"{V1}/audits/<uuid:audit_id>/observed-at"): one(
        "audit", Act.SET_TIME, body=lambda _: {"observed_at": "2026-03-01T09:00:00Z", "reason": "Журнал."}
    ),
    ("GET", f"{V1}/audits/<uuid:audit_id>/photos"): one("audit"),
    ("POST", f"{V1}/audits/<uuid:audit_id>/prescription"): one("audit", Act.PRESCRIBE, body=new_id),
    ("GET", f"{V1}/photos/<uuid:photo_id>"): one("photo"),
    ("GET", f"{V1}/photos/<uuid:photo_id>/image"): one("photo"),
    ("GET", f"{V1}/photos/<uuid:photo_id>/thumbnail"): one("photo"),
    ("GET", f"{V1}/violations"): listing("violation"),
    ("GET", f"{V1}/violations/<uuid:violation_id>"): one("violation"),
    ("POST", f"{V1}/violations/<uuid:violation_id>/decisions"): one("violation", Act.DECIDE, body=a_decision),
    ("POST", f"{V1}/decisions/<uuid:decision_id>/revocation"): one("decision", Act.DECIDE, body=with_reason),
    ("POST", f"{V1}/violations/<uuid:violation_id>/acts"): one("violation", Act.DECIDE, body=planned_works),
    ("POST", f"{V1}/violation-acts/<uuid:act_id>/revocation"): one("act", Act.DECIDE, body=with_reason),
    ("GET", f"{V1}/offices"): listing("office", lies=Lies.FOR_REGION),
    ("POST", f"{V1}/offices"): Door(Needs.ACT_THERE, Act.DECIDE, body=an_office, lies=Lies.WHOLE_REGION),
    ("GET", f"{V1}/offices/<uuid:office_id>"): one("office", lies=Lies.FOR_REGION),
    ("PATCH", f"{V1}/offices/<uuid:office_id>"): one(
        "office", Act.DECIDE, body=lambda _: {"email": "a@example.kz"}, headers=REV, lies=Lies.FOR_REGION
    ),
    ("GET", f"{V1}/fines"): listing("fine"),
    ("GET", f"{V1}/fines/<uuid:fine_id>"): one("fine"),
    ("POST", f"{V1}/fines/<uuid:fine_id>/withdraw"): one("fine", Act.DECIDE, body=reason),
    ("POST", f"{V1}/facilities/<uuid:facility_id>/fines"): one("facility", Act.DECIDE, body=a_fine),
    ("GET", f"{V1}/prescriptions"): listing("prescription"),
    ("GET", f"{V1}/prescriptions/<uuid:prescription_id>"): one("prescription"),
    ("GET", f"{V1}/geocodes"): listing("facility"),
    ("POST", f"{V1}/geocodes/<uuid:facility_id>/decision"): one(
        "facility", Act.EDIT_FACILITY, body=lambda _: {"decision": "refuse", "reason": "Проверено."}
    ),
    ("GET", f"{V1}/coverage"): Door(Needs.SIGN_IN, query=for_whom, shows=shown("village")),
    ("GET", f"{V1}/coverage/settlements"): Door(Needs.SIGN_IN, query=for_whom, shows=shown("village")),
    ("GET", f"{V1}/coverage/settlements.csv"): Door(Needs.SIGN_IN, query=for_whom, shows=shown("village")),
    ("GET", f"{V1}/prescriptions/<uuid:prescription_id>/paper"): one("prescription"),
    ("POST", f"{V1}/prescriptions/<uuid:prescription_id>/acknowledgements"): one(
        "prescription", Act.PRESCRIBE, also=Act.DECIDE, body=a_receipt
    ),
    ("PUT", ACKNOWLEDGEMENT): Door(
        Needs.ACT_ON_OBJECT,
        Act.PRESCRIBE,
        also=Act.DECIDE,
        fills=lambda scene: {"prescription_id": scene.prescription, "acknowledgement_id": scene.acknowledgement},
        body=reason,
    ),
    ("GET", f"{V1}/prescriptions/<uuid:prescription_id>/links"): one("prescription", Act.DECIDE),
    ("POST", f"{V1}/prescriptions/<uuid:prescription_id>/links"): one(
        "prescription", Act.DECIDE, body=lambda scene: {"id": scene.new_id()}
    ),
    ("PUT", f"{V1}/answer-links/<uuid:link_id>/revocation"): one("link", Act.DECIDE, body=reason),
    ("GET", f"{V1}/replies"): listing("reply"),
    ("GET", f"{V1}/replies/<uuid:reply_id>"): one("reply"),
    ("PUT", f"{V1}/replies/<uuid:reply_id>/answer"): one(
        "reply", Act.DECIDE, body=lambda _: {"outcome": "noted", "words": "Прочли."}
    ),
    ("GET", f"{V1}/reply-files/<uuid:file_id>"): Door(
        Needs.ACT_ON_OBJECT, fills=lambda scene: {"file_id": scene.reply_file}
    ),
    ("GET", "/answer/<token>"): GUESSED,
    ("POST", "/answer/<token>"): GUESSED,
    ("GET", "/answer/<token>/prescription.pdf"): GUESSED,
    ("GET", f"{V1}/followups"): listing("followup"),
    ("PUT", f"{V1}/followups/<uuid:followup_id>/assignment"): one(
        "followup", Act.SUBMIT_AUDIT, body=lambda _: {"assignee": None}, headers=REV
    ),
    ("PUT", f"{V1}/followups/<uuid:followup_id>/postponement"): one(
        "followup", Act.CONFIRM, body=lambda _: {"until": "2026-03-30", "reason": "Ремонт."}, headers=REV
    ),
    ("PUT", f"{V1}/followups/<uuid:followup_id>/cancellation"): one(
        "followup", Act.CONFIRM, body=reason, headers=REV
    ),
    ("GET", f"{V1}/journal"): Door(
        Needs.ACT_ON_OBJECT,
        Act.READ_JOURNAL,
        lies=Lies.WHOLE_REGION,
        hidden=True,
        query=lambda scene: {"area": scene.region},
    ),
    ("GET", f"{V1}/disclosures"): Door(
        Needs.ACT_ON_OBJECT,
        Act.READ_JOURNAL,
        lies=Lies.WHOLE_REGION,
        hidden=True,
        query=lambda scene: {"area": scene.region},
    ),
    ("GET", f"{V1}/letters"): listing("letter"),
    ("GET", f"{V1}/digests"): listing("digest", Act.READ_JOURNAL),
    ("GET", f"{V1}/letters.pdf"): SIGNED_IN,  # what is in it: tests/api/test_printed_letters.py
    ("GET", f"{V1}/letters/<uuid:letter_id>.pdf"): one("letter"),
    ("GET", f"{V1}/letters/<uuid:letter_id>/paper"): one("letter"),
    ("PUT", f"{V1}/letters/<uuid:letter_id>/delivery"): one(
        "letter", Act.PRESCRIBE, body=lambda _: {"delivered_on": "2026-03-16", "how": "под подпись"}
    ),
    ("PUT", f"{V1}/letters/<uuid:letter_id>/hold"): one("letter", Act.DECIDE, body=held),
    ("POST", f"{V1}/letters/held"): Door(Needs.ACT_SOMEWHERE, Act.DECIDE, body=held),
    ("PUT", f"{V1}/digests/<uuid:digest_id>/hold"): one("digest", Act.READ_JOURNAL, body=held, hidden=True),
    ("GET", f"{V1}/reviews"): listing("review"),
    ("POST", f"{V1}/reviews/<uuid:case_id>/correction"): one("review", Act.CONFIRM, "case_id", body=with_reason),
    ("GET", f"{V1}/duplicates"): listing("pair", Act.CONFIRM),
    ("GET", f"{V1}/duplicates/<uuid:pair_id>"): one("pair", Act.CONFIRM, hidden=True),
    ("POST", f"{V1}/duplicates/<uuid:pair_id>/different"): one("pair", Act.CONFIRM, body=reason, headers=REV),
    ("POST", f"{V1}/duplicates/<uuid:pair_id>/merge"): one(
        "pair",
        Act.CONFIRM,
        body=lambda scene: {"survivor": scene.facility, "reason": "Один вход."},
        headers=REV,
    ),
    ("GET", f"{V1}/position-questions"): listing("question"),
    ("GET", f"{V1}/position-questions/<uuid:question_id>"): one("question"),
    ("POST", f"{V1}/position-questions/<uuid:question_id>/decision"): one(
        "question", Act.EDIT_FACILITY, body=lambda _: {"decision": "keep", "reason": "Проверено."}
    ),
    ("GET", f"{V1}/ranks"): listing("facility"),
    ("GET", f"{V1}/ranks/attested-zeros"): listing("empty"),
    ("GET", f"{V1}/ranks/unvisited"): listing("unvisited"),
    ("GET", f"{V1}/reports"): Door(Needs.SIGN_IN, query=half_a_year),
    ("GET", f"{V1}/reports.xlsx"): Door(Needs.SIGN_IN, query=half_a_year),
    ("GET", f"{V1}/reports.pdf"): Door(Needs.SIGN_IN, query=half_a_year),
    ("GET", f"{V1}/reports/rows"): Door(Needs.SIGN_IN, query=found_lately, shows=shown("violation")),
    ("GET", f"{V1}/tiles.json"): SIGNED_IN,
    ("GET", f"{V1}/tiles/<int:z>/<int:x>/<int:y>.mvt"): Door(
        Needs.SIGN_IN, fills=lambda _: {"z": 14, "x": 11662, "y": 6004}, shows=shown("facility_name")
    ),
    ("GET", f"{V1}/tours"): SIGNED_IN,
    ("POST", f"{V1}/tours"): Door(Needs.ACT_SOMEWHERE, Act.SUBMIT_AUDIT, body=a_tour, commits=True),
    ("GET", f"{V1}/tours/<uuid:tour_id>"): Door(Needs.OWN, fills=of("tour")),
    ("GET", f"{V1}/tours/<uuid:tour_id>.geojson"): Door(Needs.OWN, fills=of("tour")),
    ("GET", f"{V1}/tours/<uuid:tour_id>.gpx"): Door(Needs.OWN, fills=of("tour")),
    ("POST", f"{V1}/tours/<uuid:tour_id>/accept"): Door(Needs.OWN, fills=of("tour")),
    ("POST", f"{V1}/tours/<uuid:tour_id>/cancel"): Door(Needs.OWN, fills=of("tour")),
    ("GET", f"{V1}/intake"): listing("facility", Act.SET_TIME, **OF_INTAKE),
    ("GET", f"{V1}/intake/backlog"): SIGNED_IN,
    ("GET", INTAKE): intake(),
    ("POST", f"{INTAKE}/choose"): intake(lambda _: {"take": [], "reason": "Держим своё."}),
    ("POST", f"{INTAKE}/dismissal"): intake(reason),
    ("POST", f"{INTAKE}/replay"): intake(),
    ("GET", f"{SYNC}/pull"): Door(
        Needs.SIGN_IN, fills=FACILITIES, query=lambda _: {"limit": 100}, shows=shown("facility")
    ),
    ("GET", f"{SYNC}/digest"): Door(Needs.SIGN_IN, fills=FACILITIES),
    ("POST", f"{SYNC}/push"): Door(Needs.SIGN_IN, fills=FACILITIES, body=lambda _: []),
    ("POST", "/sync/receipts"): Door(Needs.SIGN_IN, body=lambda _: []),
    ("POST", "/uploads/"): Door(Needs.ACT_ONCE, Act.SUBMIT_AUDIT, headers=TUS, commits=True),
    **{
        (method, "/uploads/<uuid:upload_id>/<secret>"): Door(
            Needs.SECRET,
            fills=lambda scene: {"upload_id": scene.audit, "secret": "x" * 32},
            headers=PATCHED,
        )
        for method in ("DELETE", "PATCH", "POST")
    },
}
# Live streams never end, so they are tried in `tests/api/test_sync_streams.py`: they serve what `pull` does.
LIVE = {("GET", f"{SYNC}/pullStream"), ("GET", "/sync/pullStream")}
