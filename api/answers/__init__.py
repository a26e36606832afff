"""The page on which an operator answers a prescription without an account: `/answer/<token>`."""
