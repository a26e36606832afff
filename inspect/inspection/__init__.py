"""The domain of accessibility inspections: rules, tables and operations.

Knows no web framework, no queue and no mail; time and new ids are always passed in.
"""
