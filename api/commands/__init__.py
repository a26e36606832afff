"""The commands, a file per subject. Each module has `command`, a click command or group of the flask command."""
