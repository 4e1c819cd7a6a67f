"""A protocol for people: in words, as a picture, and as a sheet of paper."""
