"""Reading import files: bytes in, rows and sentences out. Pure: no Django, no database, no clock."""
