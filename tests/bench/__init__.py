"""Speed, measured side by side with a bare server in one run: `make bench`."""
