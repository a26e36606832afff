"""An invented region with two years of inspections, for trying Pandus out.

Everything is drawn from a seed: the same seed and last day give the same documents. What is drawn here are plain
values; they enter the database through the same doors as real ones (`acting.py`). Nothing invented can be taken
for real: names say «демо» or «үлгі», tax numbers belong to nobody, and every row that can be marked is.
"""
