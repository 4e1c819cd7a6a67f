"""The cast: Lena leads, Omar cannulates, Priya runs the pump, Sam scribes, and Vic has no business here."""

from dataclasses import dataclass
from uuid import UUID, uuid5

ECPR = UUID("9d0a5a0c-8ad8-4a5e-9a3c-0d8f0c7f0001")
PASSWORD = "correct-horse-battery-7"


@dataclass(frozen=True)
class Member:
    """One of the cast: the user name and the label of their device."""

    name: str
    label: str

    @property
    def device(self) -> UUID:
        """A fixed id for tests that need no stored device."""
        return uuid5(ECPR, self.name)


LENA = Member("lena", "Lena’s phone")
OMAR = Member("omar", "Omar’s phone")
PRIYA = Member("priya", "Pump tablet")
SAM = Member("sam", "Bay tablet")
VIC = Member("vic", "Vic’s laptop")
