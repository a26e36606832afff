"""The door of the tablets: the addresses under /sync. What they say to each other is docs/sync.md."""
