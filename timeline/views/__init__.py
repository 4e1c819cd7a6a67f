"""The pages of codes: each view reads the request, calls one thing, and renders its context."""
