"""Template tags of the pages of a code."""
