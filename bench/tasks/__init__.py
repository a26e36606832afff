"""What long work costs."""
