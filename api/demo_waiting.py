"""What waits in the demo region for whoever signs in: answers, doubts, faults, rounds, letters, files."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from api.duplicate_search import look_through
from api.photo_store import open_store
from api.positions import weigh_all
from api.settings import Settings
from api.tour_proposing import best_of, candidates_of
from api.work import Units, Work
from inspection import tasks, tours
from inspection.answers.replying import SentFile
from inspection.countries import local_date
from inspection.demo import tablets
from inspection.demo.acting import Stage
from inspection.demo.chance import chance, made_id
from inspection.demo.doubts import raise_doubts
from inspection.demo.geography import Ground
from inspection.demo.people import AKIMAT_DISTRICT, HEAD, INSPECTORS, REGION
from inspection.demo.pictures import pictures
from inspection.demo.posting import gather_letters, send_back
from inspection.demo.replies import answer_prescriptions
from inspection.demo.rounds import plan_rounds, to_be_checked
from inspection.errors import InspectionError
from inspection.intake import AUDITS
from inspection.photos import blobs
from inspection.photos.examined import Examined, Limits
from inspection.photos.pictures import examine
from inspection.photos.understanding import understand_photos
from inspection.sync.collections import COLLECTIONS
from inspection.sync.pushing import Row, refused, understand_edit
from inspection.tables.tasks import TaskKind
from inspection.understanding import understand
from inspection.workdays import Workdays

LIKELY = 0.7  # score of two places that may be one
LATER: dict[str, Callable[..., Any]] = {AUDITS: understand, tablets.PHOTOS: understand_photos}


def leave_waiting(units: Units, stage: Stage, settings: Settings | None) -> None:
    """Leave something in every queue, at the moment at which the clock of the units stands.

    settings: where files are kept; without them nothing has a picture.
    """
    files = [] if settings is None else _keep_pictures(units, settings, stage.seed)
    units.write(lambda work: answer_prescriptions(work, stage, files))
    units.write(lambda work: plan_rounds(work, stage))
    for push in units.read(lambda work: tablets.pushes(work, stage, files)):
        _receive(units, stage, push)
    units.write(lambda work: tablets.confirm_correction(work, stage))
    units.write(lambda work: raise_doubts(work, stage))
    look_through(units, REGION, LIKELY)
    weigh_all(units)
    units.write(lambda work: _ask_for_files(work, stage))
    while units.write(gather_letters):
        pass
    units.write(send_back)


def plan_a_tour(units: Units, stage: Stage, settings: Settings) -> None:
    """Let an inspector plan and accept the tour of the next working day; none where there is nowhere to go.

    It is chosen from few places: of these the best way is found at once, and always the same.
    """
    lon, lat = Ground(chance(stage.seed, "ground")).centres[AKIMAT_DISTRICT][0]
    plain: dict[str, Any] = {"required": False, "prize": None, "minutes": None, "opens": []}
    asked: dict[str, Any] = {
        "day": units.read(_next_working_day),
        "start": {"lat": lat, "lon": lon},
        "begins": "09:00",
        "ends": "18:00",
        "returns": True,
        "lunch": {"earliest": "12:00", "latest": "14:00", "minutes": 60},
        "minutes": 60,
        "seed": 0,
        "area": None,
        "facilities": [{"facility_id": made, **plain} for made in units.read(to_be_checked)],
    }
    if not asked["facilities"]:
        return
    sign_in = partial(stage.sign_in, slug=INSPECTORS[0])
    candidates = units.read(lambda work: candidates_of(work, sign_in(work), asked))
    proposal, made = best_of(settings, asked, candidates), made_id(chance(stage.seed, "tour"))
    units.write(lambda work: tours.store(work, sign_in(work), made, proposal))
    units.write(lambda work: tours.accept(work, sign_in(work), made))


def _next_working_day(work: Work) -> Any:
    day, workdays = local_date(work.now, "KZ") + timedelta(days=1), Workdays("KZ", {})
    while not workdays.is_working(day):
        day += timedelta(days=1)
    return day


def _keep_pictures(units: Units, settings: Settings, seed: int) -> Sequence[SentFile]:
    """Store pictures as those of tablets and operators lie after they were examined. Nobody else drew them."""
    store, files = open_store(settings), []
    for number, jpeg in enumerate(pictures(seed), start=1):
        digest, seen = sha256(jpeg).digest(), examine(BytesIO(jpeg), Limits())
        assert isinstance(seen, Examined)  # noqa: S101 - it was drawn a moment ago
        with TemporaryDirectory(prefix="pandus-demo-") as folder:
            (original := Path(folder) / "original").write_bytes(jpeg)
            store.put_original(digest, original)
        store.put_public(digest, seen.public)
        units.write(partial(blobs.record_stored, sha256=digest, size=len(jpeg)))
        units.write(partial(blobs.record_examined, sha256=digest, outcome=seen))
        files.append(SentFile(digest, len(jpeg), "image/jpeg", f"demo-{number}.jpg"))
    return files


def _receive(units: Units, stage: Stage, push: tablets.Push) -> None:
    """Keep what a tablet sends, then make of it what can be made, each edit in a unit of its own."""
    rows = units.write(lambda work: tablets.keep_push(work, stage, push))
    if push.collection in LATER:
        units.write(partial(LATER[push.collection], keys=[row.key for row in rows]))
        return
    for row in rows:
        try:
            units.write(partial(_understand, stage=stage, push=push, row=row))
        except InspectionError as error:
            units.write(partial(_refuse, stage=stage, push=push, row=row, error=error))


def _understand(work: Work, stage: Stage, push: tablets.Push, row: Row) -> None:
    understand_edit(work, tablets.sender(work, stage, push), row, known=False)


def _refuse(work: Work, stage: Stage, push: tablets.Push, row: Row, error: InspectionError) -> None:
    refused(work, tablets.sender(work, stage, push), COLLECTIONS[push.collection], row, error)


def _ask_for_files(work: Work, stage: Stage) -> None:
    """One file that is still to be made, and one that nobody wants any more."""
    source, caller = chance(stage.seed, "tasks"), stage.sign_in(work, HEAD)
    wanted, unwanted = (
        _task(made_id(source), kind) for kind in (TaskKind.VIOLATIONS_CSV, TaskKind.PLACES_GEOJSON)
    )
    tasks.ask(work, caller, unwanted)
    tasks.cancel(work, caller, unwanted.id)
    tasks.ask(work, caller, wanted)


def _task(made: UUID, kind: TaskKind) -> tasks.NewTask:
    return tasks.NewTask(made, kind, {"query": {"area": REGION}}, "kk", REGION)
