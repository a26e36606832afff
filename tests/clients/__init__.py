"""Clients that others have written, driving a real server in processes of their own."""
