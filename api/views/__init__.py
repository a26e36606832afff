"""The views, a file per subject. Each module has `blp`, an `openapi.Blueprint`; see `resource.py`."""
