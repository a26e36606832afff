"""Reports: the figures of a period as the ministry publishes them, and the rows that each of them counts."""
