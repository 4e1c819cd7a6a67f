"""The pure heart of a code: records in, a reading out. Standard library only; the clock is always an argument."""
