"""A protocol for people: in words, and as a picture."""
