"""Pages and mails in a real browser: what axe-core finds in them, and whether a keyboard is enough."""
