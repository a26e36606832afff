"""Why a backup is not made, not believed or not restored."""

import click


class BackupRefused(click.ClickException):
    """One sentence for whoever runs the command. Nothing is lost by it: what was begun can be begun again."""
