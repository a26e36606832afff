"""A published checklist as a text to go on from: `catalogue_file.read_checklist` reads the same back."""

import yaml

from inspection.catalogue_document import as_document
from inspection.criteria import Checklist

WIDTH = 110


def as_text(checklist: Checklist) -> str:
    """YAML of a checklist, in the order of a catalogue file. Comments of the file it came from are lost."""
    document = as_document(checklist)
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False, default_flow_style=None, width=WIDTH)
