"""What pages and the API do to sign somebody in: hashing outside of units of work, counting in one of its own."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from flask import Request, Response, g, session
from flask import request as current_request

from api.keys import keys
from api.limits import limiter
from api.signing import cookies, csrf, devices, hashing
from api.signing.devices import Device
from api.signing.networks import network_of
from api.signing.sealing import KeySealer
from api.wiring import wiring
from api.work import Work
from inspection.access import token_hash
from inspection.signing import attempts, entering, identities
from inspection.signing.agents import in_words
from inspection.signing.attempts import Counter, counter
from inspection.signing.enrolling import Enrolled, account_counter
from inspection.signing.entering import Candidate, Proof
from inspection.signing.identities import Identity
from inspection.signing.names import sign_in_name
from inspection.signing.refusals import TooManyAttempts, WrongSignIn
from inspection.signing.sessions import Begun, NewSession
from inspection.tables.signing import Counted


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody typed to sign in: one code or the other."""

    email: str
    password: str
    code: str | None = None
    recovery_code: str | None = None


@dataclass(frozen=True, slots=True)
class Entered:
    """A browser that is signed in: give it to `welcome` with the answer. device: what its cookie is to say."""

    begun: Begun
    secret: str
    device: str | None = None


def sign_in(request: Request, attempt: Attempt) -> Entered:
    """Sign in by password and code.

    Raises WrongSignIn whatever was wrong, TooManyAttempts, hashing.Crowded; CrossSite is the caller's to ask for.
    """
    units, held = wiring().units, keys(wiring().settings)
    name = sign_in_name(attempt.email)
    candidate = units.look(lambda work: entering.find(work.session, name))
    device = devices.read(held, cookies.device_text(request))
    known = candidate is not None and devices.is_known(held, device, candidate.person_id, candidate.enrolment)
    counters = _counters(request, name, candidate, device if known else None)
    refuse_if_early(counters)
    with hashing.turns.turn(known=known):
        reserve(counters)
        proof = _compared(candidate, attempt)
    new, secret = new_session(request)

    def unit(work: Work) -> Begun | None:
        return entering.enter(noted(work), candidate, proof, new, counters=counters, sealer=KeySealer(held))

    begun = units.write(unit)
    if begun is None or candidate is None:
        raise WrongSignIn("the address, the password or the code is wrong")
    forget_before()
    return Entered(begun, secret, device_cookie(device, Enrolled(begun, candidate.enrolment)))


def sign_in_by_identity(request: Request, known: Identity) -> Entered:
    """Sign in who is linked to an identity that a provider vouched for. Raises NotLinked."""
    new, secret = new_session(request)
    begun = wiring().units.write(lambda work: identities.enter(noted(work), known, new))
    forget_before()
    return Entered(begun, secret)


def welcome(response: Response, entered: Entered) -> Response:
    """The answer that signs a browser in. The token for what it sends next is `csrf.bind(entered.secret)`."""
    cookies.give_session(response, entered.secret)
    if entered.device is not None:
        cookies.give_device(response, entered.device)
    response.headers["Cache-Control"] = "no-store"
    return response


def forget_before() -> None:
    """Have the browser forget what it was given before it was signed in."""
    session.clear()
    g.pop(csrf.FIELD, None)


def refuse_if_early(counters: Sequence[Counter]) -> None:
    """Refuse at once who has to wait, before they wait for a turn to hash. Raises TooManyAttempts."""
    _refuse(wiring().units.look(lambda work: attempts.must_wait(work.session, counters, work.now)))


def reserve(counters: Sequence[Counter]) -> None:
    """Count an attempt before it is tried, for good. Raises TooManyAttempts."""
    _refuse(wiring().units.write(partial(attempts.reserve, counters=counters)))


def _refuse(wait: timedelta | None) -> None:
    if wait is not None:
        seconds = max(1, -(-wait.total_seconds() // 1))
        raise TooManyAttempts("too many attempts; wait before the next one", retry_after=int(seconds))


def new_session(request: Request) -> tuple[NewSession, str]:
    """A browser that is about to be signed in, and the secret of its cookie: another each time."""
    secret = cookies.PREFIX + secrets.token_urlsafe(32)
    before = cookies.session_secret(request)
    replaces = None if before is None else token_hash(before)
    agent = in_words(request.headers.get("User-Agent", ""))
    return NewSession(token_hash(secret), agent, network_of(request, wiring().settings), replaces), secret


def device_cookie(device: Device | None, enrolled: Enrolled) -> str:
    """What the device cookie says once the account was signed in on it."""
    held = keys(wiring().settings)
    here = device or Device(secrets.token_bytes(devices.ID))
    return devices.spell(held, devices.made_known(held, here, enrolled.begun.person_id, enrolled.enrolment))


def noted(work: Work) -> Work:
    """The unit, whose journal knows the request."""
    work.journal.request_id = g.get("request_id")
    return work


def limited(a_minute: str, **how: Any) -> Any:
    """A decorator that limits requests of one device or network. a_minute: as Flask-Limiter reads it."""
    return limiter.limit(a_minute, key_func=by_device_or_network, exempt_when=from_nowhere, **how)


def by_device_or_network() -> str:
    """By what requests to sign in are limited: nobody elsewhere uses up what a known device is given."""
    device = _device()
    network = network_of(current_request, wiring().settings)
    return f"device {device.id.hex()}" if device is not None else f"network {network}"


def from_nowhere() -> bool:
    """Whether a request is not limited: where a proxy hides networks, one who guesses would stop everybody."""
    return _device() is None and network_of(current_request, wiring().settings) is None


def _device() -> Device | None:
    return devices.read(keys(wiring().settings), cookies.device_text(current_request))


def _counters(request: Request, name: str, candidate: Candidate | None, known: Device | None) -> Sequence[Counter]:
    if known is not None and candidate is not None:
        return (counter(Counted.DEVICE, known.id, candidate.person_id.bytes),)
    network = network_of(request, wiring().settings)
    by_network = () if network is None else (counter(Counted.ADDRESS, network.encode()),)
    return (account_counter(name), *by_network)


def _compared(candidate: Candidate | None, attempt: Attempt) -> Proof:
    held = None if candidate is None else candidate.password_hash
    right = hashing.matches(held, attempt.password)
    anew = hashing.hashed(attempt.password) if right and held and hashing.is_outdated(held) else None
    return Proof(right, attempt.code, attempt.recovery_code, anew)
