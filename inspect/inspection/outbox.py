"""The way of a mail, whatever it says: queued, taken by one who sends it, sent, put off, or given up.

Small units around the network: `claim` counts a mail as tried before it is tried; the sending itself is outside of
any unit; `mark_taken` and `record` write down what the mail server said. A process that dies while sending leaves
its mail taken; it is tried again when that lasted too long.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, select, update

from inspection.bulk import table_of
from inspection.database import Base
from inspection.homes import born_somewhere
from inspection.journal import Change, Changes
from inspection.tables.outgoing import MailState, Outgoing
from inspection.unit import Unit

PAGE = 500
LEASE = timedelta(minutes=10)  # longer than any mail server may take
PAUSES = tuple(timedelta(minutes=m) for m in (5, 15, 60, 240, 720, 1440, 1440))  # after each attempt that failed
LONGEST_ANSWER = 500
Key = tuple[str, UUID]  # home region, id
Mail = TypeVar("Mail", bound=Outgoing)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a mail was not taken. for_good: trying again would be no use. answer: in the server's words."""

    answer: str
    for_good: bool


@dataclass(frozen=True, slots=True)
class Outbox(Generic[Mail]):
    """The mails of one table.

    kind: as the journal calls one of them. given_up: what else is to be done about one that no server will take.
    """

    model: type[Mail]
    kind: str
    given_up: Callable[[Unit, Mail], None] = lambda _unit, _mail: None

    def due(self, unit: Unit, limit: int = PAGE) -> Sequence[Key]:
        """Mails that are to be tried now, the longest waiting first."""
        due = select(self.model.home_region, self.model.id).where(*self._due(unit))
        found = unit.session.execute(due.order_by(self.model.next_try_at, self.model.id).limit(limit))
        return [(row.home_region, row.id) for row in found]

    def claim(self, unit: Unit, key: Key) -> Mail | MailState | None:
        """Take a mail to send it; None if somebody else has.

        A state: how it ended here, because whoever sent it got no further. Counted as tried before it is tried.
        """
        lease = {"attempts": self.model.attempts + 1, "next_try_at": unit.now + LEASE}
        claimed = update(self.model).where(*self._is(key), *self._due(unit)).values(**lease)
        claimed = claimed.execution_options(synchronize_session=False)
        if unit.session.execute(claimed.returning(self.model.id)).first() is None:
            return None
        mail = unit.session.scalars(select(self.model).where(*self._is(key))).one()
        if mail.sent_at is not None:  # whoever sent it came no further than `mark_taken`
            return self.end(unit, mail, MailState.SENT, None)
        return mail

    def mark_taken(self, unit: Unit, key: Key) -> None:
        """Remember that a mail server took it, in one statement: until `record` says so with all that follows.

        Whoever dies in between has not sent it for nothing: nobody sends it again.
        """
        queued = self.model.state == MailState.QUEUED.value
        taken = update(table_of(self._table())).where(*self._is(key), queued).values(sent_at=unit.now)
        unit.session.connection().execute(taken)

    def record(self, unit: Unit, key: Key, refusal: Refusal | None) -> None:
        """Write down what the mail server said: taken (None), or why not."""
        mail = unit.session.scalars(select(self.model).where(*self._is(key)).with_for_update()).one()
        if mail.state != MailState.QUEUED:
            return  # somebody whose turn had lasted too long was quicker after all
        if refusal is None:
            mail.sent_at = mail.sent_at or unit.now
            self.end(unit, mail, MailState.SENT, None)
        elif refusal.for_good or mail.attempts > len(PAUSES):
            self._give_up(unit, mail, refusal.answer)
        else:
            mail.answer = _readable(refusal.answer)
            mail.next_try_at, mail.rev = unit.now + PAUSES[mail.attempts - 1], mail.rev + 1

    def came_back(self, unit: Unit, mail_id: UUID, answer: str) -> bool:
        """Write down that a mail that a server had taken came back. Whether it was one that had counted as sent.

        answer: the code and the words of whoever gave it back. A report that comes twice changes nothing.
        """
        found = select(self.model).where(born_somewhere(self.model, mail_id)).with_for_update()
        mail = unit.session.scalars(found).one_or_none()
        if mail is None or mail.state not in (MailState.SENT, MailState.QUEUED) or mail.sent_at is None:
            return False  # of one that is queued, `mark_taken` has been there
        self._give_up(unit, mail, answer)
        return True

    def _give_up(self, unit: Unit, mail: Mail, answer: str) -> None:
        self.end(unit, mail, MailState.FAILED, answer)
        self.given_up(unit, mail)

    def end(self, unit: Unit, mail: Mail, state: MailState, answer: str | None) -> MailState:
        """Nobody tries it any more; the state it ended in. answer: why, in a server's words or ours."""
        mail.state, mail.rev = state.value, mail.rev + 1
        mail.answer = answer and _readable(answer)
        key = mail.home_region, mail.id
        unit.journal.add(self.change(key, mail.recipient, state, {"attempts": (None, mail.attempts)}))
        return state

    def change(self, key: Key, recipient: str, state: str, facts: Changes, reason: str | None = None) -> Change:
        """What the journal says of a mail that has come so far."""
        about = {"recipient": (None, recipient), **facts}
        return Change(key[0], f"{self.kind}.{state}", self.kind, str(key[1]), about, reason)

    def _is(self, key: Key) -> Sequence[ColumnElement[bool]]:
        return self.model.home_region == key[0], self.model.id == key[1]

    def _due(self, unit: Unit) -> Sequence[ColumnElement[bool]]:
        return self.model.state == MailState.QUEUED.value, self.model.next_try_at <= unit.now

    def _table(self) -> type[Base]:
        assert issubclass(self.model, Base)  # noqa: S101 - every table is
        return self.model


def _readable(answer: str) -> str:
    """Words of a stranger's server, on one line and without signs that a database refuses."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in answer).split())[:LONGEST_ANSWER]
