"""Showing once more that it is still oneself, before something is changed that outlasts a session."""

from api.keys import keys
from api.signing import hashing
from api.signing.entering import noted, refuse_if_early, reserve
from api.signing.sealing import KeySealer
from api.wiring import wiring
from api.work import Work
from inspection.access import Caller
from inspection.errors import DoesNotApply
from inspection.signing import entering
from inspection.signing.attempts import counter
from inspection.signing.changing import WITHOUT
from inspection.signing.entering import Proof
from inspection.signing.refusals import WrongProof
from inspection.tables.signing import Counted


def prove(caller: Caller, *, password: str | None = None, code: str | None = None) -> None:
    """See that the caller knows their password, or shows a code of their app where no password is given.

    What goes wrong is counted by session, so that a browser that was left open gives nobody many guesses and locks
    nobody out elsewhere. Outside of any unit of work. Raises WrongProof, TooManyAttempts, DoesNotApply for who has
    no password, hashing.Crowded.
    """
    units, held = wiring().units, keys(wiring().settings)
    candidate = units.look(lambda work: entering.candidate_of(work.session, caller.person_id))
    if candidate is None:
        raise DoesNotApply(WITHOUT)
    by = caller.session.id if caller.session is not None else caller.person_id
    counters = (counter(Counted.SESSION, by.bytes),)
    refuse_if_early(counters)
    with hashing.turns.turn(known=True):
        reserve(counters)
        right = password is not None and hashing.matches(candidate.password_hash, password)
    proof = Proof(right, code if password is None else None)

    def unit(work: Work) -> bool:
        return entering.prove(noted(work), candidate, proof, counters, KeySealer(held))

    if not units.write(unit):
        raise WrongProof("the password or the code is wrong")
