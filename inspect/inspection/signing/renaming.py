"""Correcting the address of mail of somebody: where letters go to, and the name they sign in by."""

from dataclasses import dataclass
from uuid import UUID

from inspection.access import Act, Caller
from inspection.errors import DoesNotApply, Fault, InvalidInput, NotFound
from inspection.granting import governs
from inspection.people import EMAIL
from inspection.signing.invitations import end_open, require_name
from inspection.signing.journalled import note
from inspection.tables.people import Person
from inspection.tables.signing import PasswordSignIn
from inspection.tables.tasks import TaskKind
from inspection.tasks import NewTask, ask
from inspection.unit import Unit

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class NewAddress:
    """Another address, and why. task_id: under which both addresses are told, made with the form."""

    email: str
    reason: str
    task_id: UUID


def correct_address(unit: Unit, caller: Caller, person_id: UUID, new: NewAddress) -> bool:
    """Give somebody whom the caller governs another address; False if it is theirs already, and nothing changes.

    With a password they sign in by it from now on. Their password, app and sessions stay: none of them rests on
    the address. An open invitation ends: it may lie in the wrong mailbox. Both addresses are told, by a task of
    the caller's. Raises NotFound, InvalidInput, and DoesNotApply for oneself and for an address by which another
    person signs in.
    """
    if not governs(unit, caller, Act.ADMINISTER, person_id):
        raise NotFound("there is no such person", kind="person")
    if caller.person_id == person_id:
        # A browser that was left open must not be enough to lead somebody's letters elsewhere.
        raise DoesNotApply("nobody corrects their own address; another administrator can")
    email = new.email
    if faults := _faults(email, new.reason):
        raise InvalidInput(faults)
    person = unit.session.get_one(Person, person_id, with_for_update=True)
    if person.email == email:
        return False
    old, person.email = person.email, email
    if (held := unit.session.get(PasswordSignIn, person_id, with_for_update=True)) is not None:
        held.name = require_name(unit.session, person)
    if end_open(unit, person_id):
        note(unit, person_id, "invitation.withdrawn")
    personal = frozenset({"email"})
    note(
        unit, person_id, "person.address_corrected", {"email": (old, email)}, reason=new.reason, personal=personal
    )
    telling = NewTask(new.task_id, TaskKind.ADDRESS_TOLD, {"old": old, "new": email}, caller.language)
    # The address is in force, so the telling cannot be cancelled: else one could be taken over unseen.
    ask(unit, caller, telling).in_force = True
    return True


def _faults(email: str, reason: str) -> list[Fault]:
    faults = []
    if not (EMAIL.fullmatch(email) and email.isprintable()):
        faults.append(Fault("/email", "this is no e-mail address", "an address like name@organisation.example"))
    if not 0 < len(reason) <= LONGEST_REASON:
        faults.append(Fault("/reason", "say why", f"1 to {LONGEST_REASON} characters"))
    return faults
