"""What a database says of itself at one moment: enough to know it again when it comes back from a backup."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import BigInteger, LargeBinary, column, func, inspect, literal, select, table, union_all
from sqlalchemy.orm import Session

from inspection.tables.answers import ReplyFile
from inspection.tables.areas import Area
from inspection.tables.photos import Blob, BlobState
from inspection.tables.prescriptions import Department, DepartmentCounter
from inspection.tables.regions import RegionHead

AT_A_TIME = 1000


@dataclass(frozen=True, slots=True)
class Head:
    """Where the feed and the journal of a region ended. journal_hash: 64 hexadecimal digits."""

    region: str
    epoch: str
    feed_number: int
    journal_number: int
    journal_hash: str


@dataclass(frozen=True, slots=True)
class Numbers:
    """The last number that a department had given in each year."""

    department: str
    country: str
    last: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class StoredBytes:
    """Bytes that the database says are stored. public: whether a copy that may be shown lies beside them."""

    sha256: bytes
    size: int
    public: bool


def counts(session: Session) -> dict[str, int]:
    """The number of rows of every table there is, whatever this program knows of it."""
    names = sorted(inspect(session.connection()).get_table_names())
    return {name: session.scalar(select(func.count()).select_from(table(name))) or 0 for name in names}


def heads(session: Session) -> Sequence[Head]:
    """The heads of all regions, sorted."""
    rows = session.scalars(select(RegionHead).order_by(RegionHead.region))
    return [Head(r.region, r.epoch, r.feed_number, r.journal_number, bytes(r.journal_hash).hex()) for r in rows]


def numbers(session: Session) -> Sequence[Numbers]:
    """The departments, sorted by code, with the numbers of their prescriptions."""
    mine = (DepartmentCounter.home_region == Department.home_region) & (
        DepartmentCounter.department_id == Department.id
    )
    rows = session.execute(
        select(Department.code, Area.country, DepartmentCounter.year, DepartmentCounter.last_number)
        .join(Area, Area.code == Department.area_code)
        .outerjoin(DepartmentCounter, mine)
        .order_by(Department.code, DepartmentCounter.year)
    )
    return [
        Numbers(code, country, {row.year: row.last_number for row in years if row.year is not None})
        for (code, country), years in groupby(rows, key=lambda row: (row.code, row.country))
    ]


def stored_bytes(session: Session) -> Iterator[StoredBytes]:
    """All bytes of photos and of files of answers, each once, by hash. Read in pieces."""
    f, b = ReplyFile, Blob
    sha256 = column("sha256", LargeBinary)
    size = func.coalesce(b.size, literal(0, BigInteger))
    blobs = select(b.sha256, size, b.state).where(b.state != BlobState.EXPECTED.value)
    files = select(f.sha256, f.size, literal(""))
    both = union_all(blobs, files).order_by(sha256)
    rows = session.execute(both.execution_options(yield_per=AT_A_TIME))
    for digest, found in groupby(rows, key=lambda row: bytes(row[0])):
        listed = [(row[1], row[2]) for row in found]
        public = any(state == BlobState.EXAMINED.value for _, state in listed)
        yield StoredBytes(digest, max(size for size, _ in listed), public)
