"""How browsers sign in: cookies, tokens against forged requests, hashing, and a provider of identities."""
