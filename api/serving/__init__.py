"""What surrounds every request: who is let in, how many at once, what is counted, and how errors are told."""
