"""Text to entries and entries to text."""
