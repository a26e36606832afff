"""Photos of audits: their rows and bytes, which arrive in any order, and what can be seen in them."""
