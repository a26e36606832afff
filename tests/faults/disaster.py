"""A machine is lost while tablets work: its last backup, made under their load, is put back elsewhere.

What the papers know of the lost time (the numbers of prescriptions, the letters that went out) is kept aside, as
people would know it.
"""

import signal
import subprocess
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from uuid import UUID

from sqlalchemy import func, select

from inspection.demo.chance import made_id
from inspection.tables.notices import Letter
from inspection.tables.prescriptions import Department, Prescription
from inspection.tables.violations import Violation, ViolationState
from tests.faults.link import Link, LinkDown
from tests.faults.office import Office
from tests.faults.process import FLASK, ServerProcess
from tests.faults.region import units_on
from tests.faults.run import Simulation
from tests.house import ROOT
from tests.servers import postgres
from tests.servers.postgres import PostgresServer

LOOKS, PAUSE = 150, 0.2  # for something to prescribe; seconds between two
Numbers = Mapping[tuple[str, int], int]


@dataclass
class Elsewhere:
    """A new machine: an empty database of the same kind."""

    folder: Path
    url: str
    crashes: bool = False
    _server: PostgresServer | None = None

    @classmethod
    def found(cls, folder: Path, database: str) -> "Elsewhere":
        """Make it ready."""
        folder.mkdir()
        if database == "sqlite":
            return cls(folder, f"sqlite:///{folder}/pandus.sqlite3")
        server = PostgresServer.start()
        return cls(folder, postgres.create_database(server.socket, "elsewhere"), _server=server)

    def crash(self) -> None:
        """Nothing crashes here."""

    def back_up(self) -> None:
        """By the command only."""

    def restore(self) -> None:
        """By the command only."""

    def close(self) -> None:
        """Stop what was started."""
        if self._server is not None:
            self._server.stop()


@dataclass(slots=True)
class Keeper(Office):
    """The office, with somebody who makes backups and puts the last one back.

    lost: the last numbers that were given before the machine was lost; known: those of the backup.
    """

    simulation: Simulation | None = None
    folder: Path = Path()
    known: Numbers = field(default_factory=dict)
    lost: Numbers = field(default_factory=dict)
    prescribed: set[UUID] = field(default_factory=set)
    refused_to_serve: str = ""

    @classmethod
    def of(cls, simulation: Simulation, folder: Path) -> "Keeper":
        """Take the place of the office of a simulation."""
        office = simulation.office
        keeper = cls(office.region, office.ledger, office.server, office.store, office.chance)
        keeper.simulation, keeper.folder = simulation, folder
        simulation.office = keeper
        keeper._settle_in(simulation.folder)
        return keeper

    @property
    def backups(self) -> Path:
        """Where they lie."""
        return self.folder / "backups"

    def act(self, name: str) -> None:
        """Do one thing, of the office's or its own."""
        own = {
            "prescribe": self.prescribe,
            "back up beside": self.back_up_beside,
            "write letters": self.write_letters,
            "lose": self.lose,
        }
        if name in own:
            own[name]()
        else:
            Office.act(self, name)

    def back_up_beside(self) -> None:
        """Make a backup while tablets push."""
        before = sum(self.ledger.operations.values())
        self.ledger.back_up()
        self.server.run("backup", str(self.backups))
        self.known = self._numbers()
        self._backed_up = True
        self.done["backups beside the server"] += 1
        self.done["operations beside backups"] += sum(self.ledger.operations.values()) - before

    def prescribe(self) -> None:
        """Issue a prescription at a place where something stands that nobody was told of, once there is one."""
        for _ in range(LOOKS):
            if self._prescribed():
                return
            Event().wait(PAUSE)
        raise RuntimeError("nothing could be prescribed")

    def _prescribed(self) -> bool:
        v = Violation
        untold = select(v.facility_id, v.episodes).where(v.state == ViolationState.OPEN.value, v.due_on.is_(None))
        with units_on(self.store.url) as units:
            found = units.read(lambda work: work.session.execute(untold.order_by(v.id)).all())
        link = Link(self.server.port, "head", {"Authorization": f"Bearer {self.region.head}"})
        for facility, episodes in found:
            path = f"/api/v1/audits/{episodes[-1]['fails'][-1]}/prescription"
            with suppress(LinkDown):
                if link.ask("POST", path, {"id": str(made_id(self.chance))}).status == 201:
                    self.prescribed.add(facility)
                    self.done["prescriptions issued"] += 1
                    return True
        return False

    def write_letters(self) -> None:
        """Send what is due, as cron does."""
        self.server.run("notices", "send")
        self.done["letters sent"] = len(list((self._server.folder / "mail").glob("*.eml")))

    def lose(self) -> None:
        """Lose the machine; restore elsewhere, killed once in the middle; serve there under the old address."""
        self.server.kill()
        self.lost = self._numbers()
        assert self.simulation is not None
        store = Elsewhere.found(self.folder / "elsewhere", self.simulation.plan.database)
        self.simulation._parts.callback(store.close)
        self.simulation.store = self.store = store
        server = ServerProcess(store.url, store.folder, self._server.workers, port=self.server.port)
        self.simulation._parts.callback(server.kill)
        self.simulation.server = self.server = server
        self._settle_in(store.folder)
        floors = [f"--floor={code}:{year}={number}" for (code, year), number in self.lost.items()]
        self._kill_in_the_middle("restore", str(self.backups), *floors)
        try:
            server.start()
        except RuntimeError as refused:
            self.refused_to_serve = str(refused)
        server.run("restore", str(self.backups), *floors)
        self.ledger.restore()
        server.start()
        self.done["machines lost"] += 1

    @property
    def _server(self) -> ServerProcess:
        assert isinstance(self.server, ServerProcess)
        return self.server

    def _settle_in(self, folder: Path) -> None:
        self._server.settings.update(
            PANDUS_MAIL=str(folder / "mail"), PANDUS_LINK_KEY_FILE=str(folder / "link.key")
        )

    def _kill_in_the_middle(self, *words: str) -> None:
        """SIGKILL to a command as soon as it says that it returns photos."""
        command = [*FLASK, *words]
        environment = self._server._environment()
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as dying:
            assert dying.stdout is not None
            for line in dying.stdout:
                if line.startswith("returning photos"):
                    dying.send_signal(signal.SIGKILL)

    def _numbers(self) -> Numbers:
        """The last number of each department and year."""
        p, d = Prescription, Department
        by = (d.home_region == p.home_region) & (d.id == p.department_id)
        asked = select(d.code, p.year, func.max(p.number)).join(d, by).group_by(d.code, p.year)
        with units_on(self.store.url) as units:
            found = units.read(lambda work: work.session.execute(asked).all())
        return {(code, year): number for code, year, number in found}


def numbers(url: str) -> set[tuple[int, int]]:
    """Year and number of every prescription."""
    with units_on(url) as units:
        found = units.read(lambda work: work.session.execute(select(Prescription.year, Prescription.number)).all())
    return {(year, number) for year, number in found}


def letters(url: str) -> Counter[str]:
    """How many letters are in which state."""
    with units_on(url) as units:
        found = units.read(lambda work: work.session.scalars(select(Letter.state)).all())
    return Counter(found)
