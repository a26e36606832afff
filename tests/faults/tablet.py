"""A simulated tablet: an inspector's random work, offline and online, and the syncing of a careful app.

It is one thread. What it signs it keeps for ever, so that a restored backup can be told again.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import timedelta
from random import Random
from threading import Event
from uuid import UUID

from tests.faults import inspecting, strays
from tests.faults.album import AGAIN, Album, Picture
from tests.faults.ledger import Document, Ledger, Signed, now
from tests.faults.link import Answer, Link, LinkDown
from tests.faults.local_store import LocalStore
from tests.faults.region import Region, Tablet
from tests.faults.tablet_clock import TabletClock

PULLED = (
    *("facilities", "checklists", "audits", "drafts", "violations", "prescriptions", "followups", "photos"),
    *("ranks", "outcomes"),
)
NATIONAL = "checklists"  # whose feed is the country's, with an epoch of its own
PUSHED = ("facilities", "drafts", "audits", "followups", "photos")
BUSY = (429, 503)  # come again later
LIMITS = (1, 2, 5, 20, 100, 500)
BATCHES = (1, 2, 5, 25, 100)
RECEIPTS_AT_ONCE = 1000
REQUESTS_OF_AN_UPLOAD = 60  # more than its pieces; an upload that takes more never ends


class SimulatedTablet:
    """See the module. surprises: the requests and answers that no app has a rule for."""

    def __init__(self, region: Region, ledger: Ledger, tablet: Tablet, port: int) -> None:
        self.tablet = tablet
        self.stores = {name: LocalStore(name) for name in PULLED}
        self.vault: dict[str, Document] = {}  # everything signed here
        self.made: dict[str, Document] = {}  # facilities made here
        self.surprises: list[tuple[str, str]] = []
        self.album = Album(ledger, Random(f"{region.seed}/{tablet.name}/album"))
        self.unasked: Sequence[tuple[str, str]] = ()  # receipts to ask for
        self._region = region
        self._ledger = ledger
        self._chance = Random(f"{region.seed}/{tablet.name}")
        self.clock = TabletClock(timedelta(seconds=self._chance.randint(-900, 900)))
        headers = {"Authorization": f"Bearer {tablet.token}", "Device-Id": str(tablet.device)}
        self._link = Link(port, tablet.name, headers)
        self._epoch = ""
        self._acts: dict[Callable[[], None], int] = {
            self.sign: 22,
            self._correct: 5,
            self._send_again: 4,
            self.make_facility: 3,
            self._edit_facility: 5,
            self._write_draft: 6,
            self._delete_draft: 2,
            self._edit_followup: 3,
            self.take_photo: 3,
            self.send_photo: 8,
            self._jump: 2,
            self._set_right: 2,
            self._push_something: 22,
            self._pull_something: 24,
        }

    # Work.

    def live(self, stop: Event, pace: float) -> None:
        """Work until told to stop. pace: mean seconds between two acts."""
        while not stop.is_set():
            self.act()
            stop.wait(self._chance.uniform(0, 2 * pace))

    def act(self) -> None:
        """Do one thing at random."""
        act = self._chance.choices(list(self._acts), list(self._acts.values()))[0]
        try:
            act()
        except LinkDown:
            self._ledger.did("requests without an answer")

    def _known(self) -> list[UUID]:
        """Facilities on this tablet that lay in districts of its person at the time of the visits."""
        mine = self._region.people[self.tablet.person]
        found = [UUID(document["id"]) for document in self.stores["facilities"].shown()]
        return [each for each in found if {self._ledger.first_district(each), self._region.code} & set(mine)]

    def sign(self) -> None:
        """Visit a facility that this tablet knows."""
        if known := self._known():
            self.visit(self._chance.choice(known))

    def _correct(self) -> None:
        if self.vault:
            signed = self._ledger.signed[UUID(self._chance.choice(list(self.vault)))]
            self.visit(signed.facility, corrects=signed)
            self._ledger.did("corrections signed")

    def visit(self, facility: UUID, corrects: Signed | None = None, *, anchored: bool | None = None) -> None:
        """Sign an audit of a facility.

        anchored: whether the tablet has heard the server's time; None: by chance.
        """
        document = inspecting.sign_audit(
            self._chance,
            self._region,
            self._ledger,
            tablet=self.tablet,
            clock=self.clock,
            facility=facility,
            corrects=corrects,
            anchored=self._chance.random() < 0.5 if anchored is None else anchored,
        )
        self.vault[document["id"]] = document
        self.stores["audits"].write(document)

    def _send_again(self) -> None:
        """An app that was started anew, or never heard an answer, sends what it has sent."""
        if self.vault:
            document_id = self._chance.choice(list(self.vault))
            document = self.stores["audits"].get(document_id) or self.vault[document_id]
            self.stores["audits"].write(inspecting.shuffled(self._chance, document))
            self._ledger.did("audits sent again")

    def make_facility(self) -> None:
        """Find a place that stands in no register, and visit it most often."""
        if districts := self._districts():
            at = self.clock.reads(now())
            document = inspecting.new_facility(self._chance, self._region, self._ledger, districts, at)
            self.made[document["id"]] = document
            self.stores["facilities"].write(document)
            self._ledger.did("facilities made")
            if self._chance.random() < 0.7:
                self.visit(UUID(document["id"]))

    def _districts(self) -> Sequence[str]:
        mine = self._region.people[self.tablet.person]
        granted = self._ledger.areas(self.tablet.person)
        if self._region.code in mine:
            return self._region.districts if self._region.code in granted else ()
        return [each for each in mine if each in granted]

    def _edit_facility(self) -> None:
        held = [document for document in self.stores["facilities"].shown() if "rev" in document]
        if held:
            self.stores["facilities"].write(inspecting.edited_facility(self._chance, self._chance.choice(held)))
            self._ledger.did("facilities edited")

    def _write_draft(self) -> None:
        drafts = self.stores["drafts"].shown()
        draft_id = self._chance.choice(drafts)["id"] if drafts and self._chance.random() < 0.6 else None
        if known := self._known():
            written = inspecting.a_draft(self._chance, str(self._chance.choice(known)), draft_id)
            self.stores["drafts"].write(written)
            self._ledger.did("drafts written")

    def _delete_draft(self) -> None:
        if drafts := self.stores["drafts"].shown():
            self.stores["drafts"].write({"id": self._chance.choice(drafts)["id"], "_deleted": True})
            self._ledger.did("drafts deleted")

    def _edit_followup(self) -> None:
        if followups := self.stores["followups"].shown():
            held = self._chance.choice(followups)
            self.stores["followups"].write({**held, "note": f"взять рулетку {self._chance.randint(1, 99)}"})
            self._ledger.did("follow-ups edited")

    def take_photo(self) -> None:
        """Take a photo of something on an earlier visit."""
        if self.vault:
            taken_at = self.clock.reads(now()).isoformat()
            audit = self._chance.choice(list(self.vault))
            self.stores["photos"].write(self.album.take(audit, taken_at))

    def send_photo(self) -> None:
        """Send a piece of a photo."""
        if unsent := self.album.unsent():
            self._send_some(self._chance.choice(unsent))

    def _send_some(self, picture: Picture) -> None:
        answer = self.album.send_some(self._link, picture)
        if answer.status >= 300 and answer.status not in AGAIN:
            self.surprises.append((self._link.last, f"upload: {answer.refusal()}"))

    def _jump(self) -> None:
        self.clock.jump(self._chance)
        self._ledger.did("clocks jumped")

    def _set_right(self) -> None:
        self.clock.correct()

    # Syncing.

    def _push_something(self) -> None:
        self.ask_receipts()
        waiting = [name for name in PUSHED if self.stores[name].edits]
        if waiting:
            self.push(self._chance.choice(waiting), self._chance.choice(BATCHES))

    def _pull_something(self) -> None:
        limit = self._chance.choice(LIMITS)
        self.pull(self._chance.choice(PULLED), limit, pages=self._chance.randint(1, 6))

    def push(self, name: str, most: int = 100) -> bool:
        """Push some of the edits of a collection. Returns whether an answer came. Raises LinkDown."""
        store = self.stores[name]
        ids = list(store.edits)
        rows = store.rows(self._chance.sample(ids, min(most, len(ids))))
        by_row = name == "audits" and self._chance.random() < 0.2
        answer = self._ask("POST", f"/sync/{name}/1/push{'?outcomes' if by_row else ''}", rows)
        if answer is None:
            return False
        store.pushed(rows, [] if by_row else _answered(answer))
        self._ledger.did(f"{name} pushed", len(rows))
        return True

    def pull(self, name: str, limit: int = 500, pages: int = 10_000) -> int:
        """Pull a collection until there is no more, at most so many pages. Returns how much came.

        Raises LinkDown.
        """
        store, came = self.stores[name], 0
        for _ in range(pages):
            begun = now()
            path = f"/sync/{name}/1/pull?lwt={store.lwt}&id={store.checkpoint}&limit={limit}"
            answer = self._ask("GET", path)
            if answer is None:
                break
            page = answer.document()
            self._ledger.check(self.tablet.person, self.tablet.name, name, page["documents"], begun)
            self._take(store, page)
            came += len(page["documents"])
            self._ledger.did("pages pulled")
            if len(page["documents"]) < limit:
                self._reached_the_end(store)
                break
        return came

    def _take(self, store: LocalStore, page: Document) -> None:
        epoch = _epoch(page["checkpoint"]["id"])
        # The first epoch that is heard counts as another one: something may have been sent before it, to a server
        # that has forgotten it since.
        another = store.name != NATIONAL and epoch != self._epoch
        if another:
            for each in self.stores.values():
                each.seen = None if each.name == NATIONAL else set()
        store.pulled(page["documents"], page["checkpoint"])
        if another:
            self._epoch = epoch
            self._recover()

    def _reached_the_end(self, store: LocalStore) -> None:
        if store.seen is not None:
            for document_id in store.master.keys() - store.seen:
                forgotten = store.master[document_id]
                store.forget(document_id)
                if store.name == "drafts":  # nobody else has them
                    store.write({name: value for name, value in forgotten.items() if name != "rev"})
            store.seen = None

    def _recover(self) -> None:
        """A backup may have been restored: tell again what the server does not know any more."""
        kept: dict[str, Collection[str]] = {
            "audits": self.vault,
            "facilities": self.made,
            "photos": self.album.pictures,
        }
        self.unasked = [(name, each) for name, held in kept.items() for each in held]
        if self.unasked:
            self._ledger.did("recoveries from a new epoch")
        self.ask_receipts()

    def ask_receipts(self) -> None:
        """Ask about everything that a new epoch has put in doubt. Raises LinkDown; what was not asked stays."""
        while self.unasked:
            asked = self.unasked[:RECEIPTS_AT_ONCE]
            answer = self._ask("POST", "/sync/receipts", [{"collection": c, "id": each} for c, each in asked])
            if answer is None:
                return
            for receipt in answer.document():
                if receipt["state"] == "unknown":
                    self._tell_again(receipt["collection"], receipt["id"])
                elif receipt.get("bytes") == "expected":
                    self.album.send_again(receipt["id"])
            self.unasked = self.unasked[len(asked) :]

    def _tell_again(self, name: str, document_id: str) -> None:
        store = self.stores[name]
        store.forget(document_id)
        if name == "photos":
            self.album.send_again(document_id)
            store.write(self.album.pictures[document_id].document)
        else:
            store.write({"audits": self.vault, "facilities": self.made}[name][document_id])
        self._ledger.did(f"{name} told again")

    def _ask(self, method: str, path: str, body: object = None) -> Answer | None:
        """A good answer; None when it is refused for now. What no rule is for is noted."""
        shown = self.clock.reads(now()).isoformat()
        answer = self._link.ask(method, path, body, Device_Time=shown)
        if answer.status == 200:
            return answer
        if answer.status not in BUSY:
            what = path.split("?", maxsplit=1)[0]
            self.surprises.append((self._link.last, f"{method} {what}: {answer.refusal()}"))
        return None

    # The end.

    def insist(self) -> None:
        """Send again the facilities made here that were put aside while their district was closed."""
        facilities = self.stores["facilities"]
        for document_id, document in self.made.items():
            if facilities.get(document_id) is None:
                facilities.write(document)

    def settle(self, limit: int = 500) -> bool:
        """Push and pull everything once, in pages of `limit`. Returns whether anything changed.

        Raises LinkDown.
        """
        changed = bool(self.unasked)
        self.ask_receipts()
        for name in PUSHED:
            while self.stores[name].edits:
                changed = True
                if not self.push(name):
                    break
        changed = self._send_all_photos() or changed
        for name in PULLED:
            changed = self.pull(name, limit) > 0 or changed
        return changed

    def drop_strays(self, limit: int = 500) -> None:
        """Let go of what was taken and lies outside the grant. A pull from the beginning decides which that is.

        Raises LinkDown.
        """
        for name in strays.SIGNED:
            missing = strays.waiting(self.stores, name)
            whole = self._pulled_anew(name, limit) if missing else None
            if whole is None:
                continue
            mine = self.stores[name]
            for document_id in missing:
                if (found := whole.get(document_id)) is not None:
                    mine.master[document_id] = found
                else:
                    mine.forget(document_id)
                    self._ledger.did(f"{name} taken elsewhere, let go")

    def _pulled_anew(self, name: str, limit: int) -> LocalStore | None:
        """The collection as it comes from the beginning, beside what is held; None if it did not come whole."""
        mine, whole = self.stores[name], LocalStore(name, seen=set())
        self.stores[name] = whole
        try:
            self.pull(name, limit)
        finally:
            self.stores[name] = mine
        return whole if whole.seen is None else None

    def _send_all_photos(self) -> bool:
        for photo_id, held in self.stores["photos"].master.items():
            picture = self.album.pictures.get(photo_id)
            if picture is not None and picture.sent and held.get("state") == "expected":
                self.album.send_again(photo_id)
        unsent = self.album.unsent()
        for picture in unsent:
            for _ in range(REQUESTS_OF_AN_UPLOAD):
                if not picture.sent:
                    self._send_some(picture)
        return bool(unsent)

    def digest(self, name: str) -> Document:
        """The server's digest of what this tablet should hold. Raises LinkDown."""
        store = self.stores[name]
        answer = self._ask("GET", f"/sync/{name}/1/digest?lwt={store.lwt}&id={store.checkpoint}")
        found: Document = answer.document() if answer is not None else {}
        return found


def _answered(answer: Answer) -> Iterable[Document]:
    found: list[Document] = answer.document()
    return found


def _epoch(checkpoint: str) -> str:
    """The part of a checkpoint that changes when a backup was restored."""
    return checkpoint.split(".", maxsplit=1)[0]
