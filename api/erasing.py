"""Erasing what has come of age: rows by rows, and the bytes of files with them."""

from collections import Counter
from datetime import timedelta
from functools import partial

from api.photo_store import PhotoStore
from api.settings import Settings
from api.work import Units
from inspection.answers import old_files
from inspection.disclosures import note_heads
from inspection.erasing import due, erase_some
from inspection.retention import RULES, Terms


def terms(settings: Settings) -> Terms:
    """How long this installation keeps what."""
    return Terms(
        traces=timedelta(days=settings.keep_traces_days),
        sent=timedelta(days=settings.keep_sent_days),
        contacts=timedelta(days=settings.keep_contacts_days),
        values=timedelta(days=settings.keep_values_days),
        people=timedelta(days=settings.keep_people_days),
    )


def what_is_due(units: Units, kept: Terms) -> Counter[str]:
    """How many rows of each rule would be erased now."""
    counted = Counter(units.read(lambda work: dict(due(work.session, kept, work.now))))
    counted[old_files.NAME] = units.read(lambda work: old_files.count(work.session, work.now - kept.contacts))
    return counted


def erase(units: Units, kept: Terms, store: PhotoStore) -> Counter[str]:
    """Erase it, each rule in units of its own; how many rows of each. Safe to be cut off and to be done twice.

    First it is noted in the journals where the chains of disclosures end. Raises Busy, DatabaseAway, and StoreAway
    where the bytes of files cannot be reached; what was erased until then is erased.
    """
    units.write(note_heads)
    erased: Counter[str] = Counter()
    for rule in RULES:
        rows, after = units.write(partial(erase_some, rule=rule, terms=kept))
        erased[rule.name] += rows
        while after is not None:
            rows, after = units.write(partial(erase_some, rule=rule, terms=kept, after=after))
            erased[rule.name] += rows
    erased[old_files.NAME] += _erase_files(units, kept, store)
    units.leave_no_trace()
    return +erased


def _erase_files(units: Units, kept: Terms, store: PhotoStore) -> int:
    before, erased = units.now() - kept.contacts, 0
    while files := units.read(lambda work: old_files.old(work.session, before)):
        for file in files:
            if file.alone:
                store.drop(file.sha256)
        units.write(partial(old_files.forget, files=files, before=before))
        erased += len(files)
    return erased
