"""Copies of an installation: how they are made, checked, kept and put back."""
