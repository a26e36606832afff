"""Which command runs: it stands in the journal where the id of a request would."""

import click


def running_command() -> str | None:
    """The command that runs now, such as `command:people add`; None outside the command line."""
    context = click.get_current_context(silent=True)
    names: list[str] = []
    while context is not None and context.parent is not None:
        names.insert(0, context.info_name or "")
        context = context.parent
    return "command:" + " ".join(names) if names else None
