"""People, devices, roles and invitations. Knows nothing of codes but their ids."""
