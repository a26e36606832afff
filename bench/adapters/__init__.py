"""How the shared bench speaks to Pandus; `bench/sync` runs it."""
