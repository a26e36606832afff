"""The officials' console: pages that are complete without a script, in Kazakh, Russian and English."""
