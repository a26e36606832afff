"""Every table, a file per subject. Importing this package registers them all on `Base.metadata`.

Keys: the immutable home region comes first in every primary key of a regional table, so that the tables can be
sharded by region; ids are made by the client. `country`, `region_code` and `district_code` are where the
facility lies *now* and are what grants are compared with.
"""

from inspection.tables import (
    areas,
    audits,
    checklists,
    decisions,
    district_ranks,
    drafts,
    duplicates,
    facilities,
    feed,
    followups,
    intake,
    journal,
    notices,
    operators,
    people,
    photos,
    positions,
    prescriptions,
    regions,
    settlements,
    telling,
    tours,
    unvisited,
    use_records,
    violations,
    workdays,
)

__all__ = [
    "areas",
    "audits",
    "checklists",
    "decisions",
    "district_ranks",
    "drafts",
    "duplicates",
    "facilities",
    "feed",
    "followups",
    "intake",
    "journal",
    "notices",
    "operators",
    "people",
    "photos",
    "positions",
    "prescriptions",
    "regions",
    "settlements",
    "telling",
    "tours",
    "unvisited",
    "use_records",
    "violations",
    "workdays",
]
