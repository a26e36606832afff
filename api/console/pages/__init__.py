"""The pages of the console, one subject a module; each is found by lying here."""
