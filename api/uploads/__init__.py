"""Resumable uploads of photos at `/uploads/`: tus 1.0.0."""

from datetime import timedelta
from pathlib import Path

from flask import Flask

from api.examination import examiner
from api.photo_store import current_store
from api.pressure import MEGABYTE
from api.uploads import door
from api.uploads.files import PartialFiles
from api.uploads.service import Uploads
from api.wiring import KEY, Wiring


def register(app: Flask) -> None:
    """Serve uploads."""
    app.register_blueprint(door.blp)
    app.after_request(door.speak_tus)


def equip(app: Flask) -> None:
    """Let uploads of an application go where its settings say. Nothing is touched before the first one."""
    parts: Wiring = app.extensions[KEY]
    settings = parts.settings
    app.extensions[door.KEY] = Uploads(
        parts.units,
        PartialFiles(Path(settings.upload_folder)),
        current_store,
        most=settings.upload_max_bytes,
        at_once=settings.uploads,
        least_free=settings.least_free_mb * MEGABYTE,
        life=timedelta(days=settings.upload_days),
        ring=examiner(app).ring if settings.examine_photos else lambda: None,
    )
