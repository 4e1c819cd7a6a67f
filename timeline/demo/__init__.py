"""What a trial opens on: people to sign in as, a drill in progress and sixty synthetic past codes."""
