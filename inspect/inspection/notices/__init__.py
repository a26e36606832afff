"""Notices (уведомление): who is told what about told deadlines, when, and that it happens once."""
