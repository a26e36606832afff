"""Weekly digests as one kind of mail. Figures are counted once for all who share an area."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from functools import partial

from api.mail.digests import compose_digest
from api.mail.messages import BadAddress
from api.work import Units
from inspection.digests.figures import AreaFigures, area_figures
from inspection.digests.queueing import DIGESTS
from inspection.digests.readers import ReadArea
from inspection.digests.taking import DigestContent, take, wanted
from inspection.outbox import Key, Outbox, Refusal
from inspection.tables.digests import Digest
from inspection.tables.outgoing import MailState

FRESH = timedelta(minutes=10)  # as long as figures are as good as counted anew


@dataclass(slots=True)
class DigestPost:
    """The digests of one delivery. base: what addresses of lists begin with, if that is known."""

    units: Units
    sender: str
    base: str | None
    outbox: Outbox[Digest] = DIGESTS
    _counted: dict[tuple[str, date], AreaFigures] = field(default_factory=dict)

    def write(self, key: Key) -> EmailMessage | Refusal | MailState | None:
        """The mail, of what its reader may read in the moment in which it is taken."""
        (week, areas), now = self.units.read(lambda work: (wanted(work, key), work.now))
        counted = {area.code: self._figures(area, week, now) for area in areas}
        content = self.units.write(partial(take, key=key, counted=counted))
        if not isinstance(content, DigestContent):
            return content
        try:
            return compose_digest(content, sender=self.sender, base=self.base)
        except BadAddress as error:
            return Refusal(str(error), for_good=True)

    def _figures(self, area: ReadArea, week: date, now: datetime) -> AreaFigures:
        held = self._counted.get((area.code, week))
        if held is None or now - held.at > FRESH:
            held = self.units.read(partial(area_figures, area=area, week=week))
            self._counted[area.code, week] = held
        return held
