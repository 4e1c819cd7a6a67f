"""The debrief of one code: its values, its timeline picture, and the PDF. All of it is read off the reading."""
