"""What an installation does by itself, again and again, if somebody ticks (`flask tend`)."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from functools import partial
from pathlib import Path

import structlog
from flask import current_app

from api.answers.tokens import address, public_url
from api.answers.waiting import tidy
from api.backlog import understand_backlog
from api.doorbells import LETTERS, doorbells
from api.erasing import erase, terms
from api.examination import examiners_bell
from api.geocoding import Asking, geocoder, queue_all
from api.keys import keys
from api.mail.delivering import LANES
from api.mail.mailbox import read_mailbox
from api.mail.postman import Postman
from api.mail.sending import way
from api.photo_store import current_store
from api.positions import weigh_all
from api.ranking import update_all, update_due
from api.settings import INLINE
from api.signing.sealing import KeySealer
from api.sync import edits
from api.tasks.running import drop_files
from api.wiring import Wiring, wiring
from inspection import chores
from inspection.chores import Every, Nightly, Rhythm
from inspection.countries import COUNTRIES
from inspection.followup_acts import return_stranded
from inspection.settling import resettle_due
from inspection.signing.tidying import move_to_newest_key
from inspection.signing.tidying import tidy as tidy_sign_ins

# When the day is over in both countries, an hour apart, and before people come to work.
NIGHT = time(1, 30)
AT_ONCE = 50  # letters in a job: minutes at most, even if a mail server answers slowly
MOST_QUESTIONS = 600  # of a geocoder at once: ten minutes at its usual pace, well within the lease

log = structlog.get_logger("pandus.chores")


@dataclass(frozen=True, slots=True)
class Chore:
    """One of them. do: returns in a few words what it came to. Safe to be cut off and to be done twice."""

    rhythm: Rhythm
    do: Callable[[Wiring], str]


def postman(parts: Wiring) -> Postman:
    """Who carries letters."""
    # The store is opened by the first letter that has photos.
    photo = lambda sha256: current_store().public(sha256)  # noqa: E731
    where = partial(address, parts.settings)
    base = public_url(parts.settings)
    return Postman(parts.units, way(parts.settings.mail), parts.settings.mail_from, photo, where, base)


def _backlog(parts: Wiring) -> str:
    """What a crash or a refusal of the database left between keeping and understanding; and new fixes."""
    became: Counter[str] = Counter()
    if parts.settings.understanding == INLINE:  # else workers do
        became += understand_backlog(parts.units)
        became["finished"] = edits.finish(parts.units)
    became["weighed"] = weigh_all(parts.units)
    return _counted(became)


def _ranks(parts: Wiring) -> str:
    return f"{update_due(parts.units)} numbers changed"


def _letters(parts: Wiring) -> str:
    """What is due goes out: by workers, where there are some that can be reached."""
    carrier = postman(parts)
    became = Counter(gathered=carrier.gather())
    bells = doorbells(LETTERS)
    if bells is not None and all(bells.ring(str(lane)) for lane in range(LANES)):
        return _counted(became + Counter(rung=LANES))
    return _counted(became + carrier.deliver())


def _bounces(parts: Wiring) -> str:
    """Letters that came back."""
    folder = parts.settings.bounces
    return _counted(read_mailbox(parts.units, Path(folder))) if folder else "no mailbox"


def _digests(parts: Wiring) -> str:
    """Those of this week, once its first working morning has come; they leave as letters do."""
    return f"{postman(parts).queue_digests()} queued"


def deliver_some(lane: str) -> None:
    """The job of a worker: some of the letters that are due; it rings again for the rest."""
    bells = doorbells(LETTERS)
    if bells is not None:
        bells.answer(lane)
    tried = sum(postman(wiring()).deliver(AT_ONCE, int(lane)).values())
    if tried == AT_ONCE and bells is not None:
        bells.ring(lane)


def _night(parts: Wiring) -> str:
    """In this order: what time alone changed, what that is worth, who has to hear of it."""
    settled = 0
    while done := parts.units.write(resettle_due):
        settled += done
    returned, after = 0, None
    while True:
        after, page = parts.units.write(partial(return_stranded, after=after))
        returned += page
        if after is None:
            break
    ranked, told = update_all(parts.units), postman(parts).decide()
    return f"{settled} settled, {returned} re-checks returned, {ranked} numbers changed, {told} notices"


def _addresses(parts: Wiring) -> str:
    asked = geocoder(parts.settings)
    placed, queued = queue_all(parts.units, ask=asked is not None)
    return f"{placed} placed, {queued} queued"


def _questions(parts: Wiring) -> str:
    asked = geocoder(parts.settings)
    if asked is None:
        return "no geocoder"
    return _counted(Asking(parts.units, asked, parts.settings.geocoder_per_minute).run(MOST_QUESTIONS))


def _files(parts: Wiring) -> str:
    """What operators never sent is removed; what a crash left of what they did send is put in its place.

    What tasks made goes when its time is over.
    """
    became = tidy(parts.units, current_store(), examiners_bell(current_app))
    return _counted(became + drop_files(parts.units, current_store()))


def _sign_ins(parts: Wiring) -> str:
    """What is long over is erased, and what is kept of apps moves to the newest key."""
    became, after = parts.units.write(tidy_sign_ins), None
    sealer = KeySealer(keys(parts.settings))
    while (after := parts.units.write(partial(move_to_newest_key, sealer=sealer, after=after))) is not None:
        pass
    return _counted(became)


def _retention(parts: Wiring) -> str:
    """What about people has come of age is erased."""
    return _counted(erase(parts.units, terms(parts.settings), current_store()))


def _counted(became: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in sorted(became.items()) if number) or "nothing"


_TONIGHT = Nightly(NIGHT, COUNTRIES["KZ"].time_zone)
CHORES: Mapping[str, Chore] = {
    "backlog": Chore(Every(timedelta(minutes=1)), _backlog),
    "ranks": Chore(Every(timedelta(minutes=5)), _ranks),
    "letters": Chore(Every(timedelta(minutes=2)), _letters),
    "bounces": Chore(Every(timedelta(minutes=5)), _bounces),
    "digests": Chore(Every(timedelta(minutes=10)), _digests),
    "night": Chore(_TONIGHT, _night),
    "addresses": Chore(_TONIGHT, _addresses),
    "files": Chore(_TONIGHT, _files),
    "sign_ins": Chore(_TONIGHT, _sign_ins),
    "retention": Chore(_TONIGHT, _retention),
    "questions": Chore(Every(timedelta(minutes=15)), _questions),
}


def tend(parts: Wiring, stopped: Callable[[], bool] = lambda: False) -> int:
    """Do what is due now, each once; how many chores were done. One that fails is logged and tried again later."""
    parts.units.write(partial(chores.know, rhythms={name: chore.rhythm for name, chore in CHORES.items()}))
    done = 0
    for name in parts.units.read(lambda work: chores.due(work.session, CHORES, work.now)):
        if not stopped() and parts.units.write(partial(chores.claim, name=name)):
            _do(parts, name)
            done += 1
    return done


def _do(parts: Wiring, name: str) -> None:
    chore = CHORES[name]
    try:
        said = chore.do(parts)
    except Exception as error:  # whatever it was: the others have their turn, and this one again
        log.exception("chore_failed", chore=name)
        parts.units.write(partial(chores.fail, name=name, said=type(error).__name__))
        return
    log.info("chore_done", chore=name, said=said)
    parts.units.write(partial(chores.end, name=name, rhythm=chore.rhythm, said=said))
