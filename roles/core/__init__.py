"""The pure part of roles: who holds what, and how far each checklist is. Standard library only."""
