"""How officials sign in: passwords with codes, identities elsewhere, and the sessions of their browsers."""
