"""The door: `wsgi:app` is what a production server and the flask command load."""

from api.app import create_app

app = create_app()
