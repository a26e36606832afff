"""What assigning points to districts costs."""
