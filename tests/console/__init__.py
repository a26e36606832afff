"""The officials' console: its pages as they are answered. How they look and feel: tests/browser."""
