"""How many planted duplicates are found, and how many neighbours are taken for one."""
