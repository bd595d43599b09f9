"""Made-up people. What is planted here must not be found in the warehouse."""

import random
from dataclasses import dataclass

FIRST = (
    "Sophia",
    "Michael",
    "Emma",
    "Daniel",
    "Olivia",
    "James",
    "Laura",
    "Robert",
    "Anna",
    "David",
    "Maria",
    "Thomas",
)
LAST = ("Silva", "Johnson", "Novak", "Anderson", "Martinez", "Thompson", "Garcia", "Wilson", "Petersen", "Robinson")
CITIES = ("Chicago", "Denver", "Seattle", "Boston", "Houston", "Phoenix")
STREETS = ("Maple Street", "Oak Avenue", "Lincoln Road", "Elm Street", "Highland Avenue", "Park Avenue")


@dataclass(frozen=True)
class Person:
    """One customer. Every field but `city` is unlike anybody else's, so that a find proves a leak."""

    name: str
    email: str
    phone: str
    card: str
    street: str
    city: str
    user_id: str

    def planted(self) -> dict[str, str]:
        """Kind → value of all that must be masked."""
        return {
            "name": self.name,
            "email": self.email,
            "phone": self.phone,
            "card": self.card,
            "street": self.street,
            "user_id": self.user_id,
        }


def person(rng: random.Random, number: int) -> Person:
    """The `number`-th customer."""
    first, last = rng.choice(FIRST), rng.choice(LAST)
    digits = f"{rng.randrange(100, 999)}{number % 1000:03d}"
    return Person(
        name=f"{first} {last}",
        email=f"{first.lower()}.{last.lower()}{digits}@example.com",
        phone=f"+1 {rng.choice(('312', '303', '206', '617'))}-{rng.randrange(200, 999)}-{rng.randrange(1000, 9999)}",
        card=card_number(rng),
        street=f"{rng.randrange(100, 9800)} {rng.choice(STREETS)}",
        city=rng.choice(CITIES),
        user_id=f"customer-{digits}-{rng.randrange(16**6):06x}",
    )


def card_number(rng: random.Random) -> str:
    """Sixteen digits of a Visa card with a right check digit (Luhn)."""
    digits = [4, *(rng.randrange(10) for _ in range(14))]
    total = sum(d if i % 2 else sum(divmod(2 * d, 10)) for i, d in enumerate(digits))
    return "".join(map(str, [*digits, -total % 10]))
