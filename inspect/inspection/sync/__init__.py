"""Syncing with tablets: the feed they pull, and what becomes of what they push. The contract is docs/sync.md."""
