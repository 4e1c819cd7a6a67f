"""Playing a file live: several devices that join, post and listen as real ones do. A client only: no database."""
