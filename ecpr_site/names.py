"""The names that this machine has in its network."""

import socket

# Addresses of documentation (RFC 5737, RFC 3849): nothing is sent there, the system only says from where it would be.
_ELSEWHERE = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))


def names_here() -> list[str]:
    """The names and addresses by which a tablet may call this machine, the address in its network
    first, as they stand in an address bar.
    """
    found: list[str] = []
    for family, address in _ELSEWHERE:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((address, 9))
                found.append(probe.getsockname()[0].split("%")[0])
            except OSError:
                continue
    name = socket.gethostname().split(".")[0].lower()
    if name and all(letter.isalnum() or letter == "-" for letter in name):
        found += [f"{name}.local", name]
    usable = [each for each in found if each not in ("localhost", "localhost.local", "127.0.0.1", "::1", "::")]
    return [f"[{each}]" if ":" in each else each for each in dict.fromkeys(usable)]
