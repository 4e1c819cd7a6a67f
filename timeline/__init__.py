"""Codes: their records, readings, debriefs and audits."""
