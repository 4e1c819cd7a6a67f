"""What leaves the system as files. Pure: every number in them is the reading's own."""
