"""What looks like a value and is none: it must stay readable."""

from collections.abc import Callable
from random import Random

from tests.mask.labelled.numbers import ALNUM, DIGITS, HEX, UPPER, digits, pick
from tests.mask.labelled.values import n_uuid

NEGATIVES: tuple[Callable[[Random], str], ...] = (
    lambda r: f"Order #{digits(r, 7)} was delivered",
    lambda r: f"order_id={digits(r, 10)} status=paid",
    lambda r: f"sha256:{pick(r, HEX, 64)}",
    lambda r: f"commit {pick(r, HEX, 40)}",
    lambda r: f"fixed in {pick(r, HEX, 7)} on main",
    lambda r: f"request_id={n_uuid(r)}",
    lambda r: f"trace_id={pick(r, HEX, 32)} span_id={pick(r, HEX, 16)}",
    lambda r: f"upgraded to version {r.randint(1, 20)}.{r.randint(0, 30)}.{r.randint(0, 9)}",
    lambda r: f"torch=={r.randint(1, 3)}.{r.randint(0, 9)}.{r.randint(0, 4)}+cu121",
    lambda r: f"took {r.randint(2, 9000)} ms, {r.randint(100, 99999)} tokens",
    lambda r: f"at 2026-{r.randint(1, 12):02}-{r.randint(1, 28):02}T{r.randint(0, 23):02}:{r.randint(10, 59)}:00Z",
    lambda r: f"timestamp={1_700_000_000 + r.randrange(90_000_000)}",
    lambda r: f"ts={1_700_000_000_000 + r.randrange(90_000_000_000)}",
    lambda r: f"the total is ${r.randint(1, 9)},{digits(r, 3)}.{digits(r, 2)}",
    lambda r: f"EUR {r.randint(10, 9999)}.{digits(r, 2)} were refunded",
    lambda r: (
        f"flight {r.choice(['LH', 'UA', 'BA', 'HAT'])}{digits(r, 3)} departs at {r.randint(1, 23)}:{r.randint(10, 59)}"
    ),
    lambda r: f"booking reference {pick(r, UPPER + DIGITS, 6)}",
    lambda r: (
        "model: " + r.choice(["gpt-4o-2024-08-06", "claude-3-5-sonnet-20241022", "gemini-2.0-flash", "llama-3.1-70b"])
    ),
    lambda r: (
        "We sell the "
        + r.choice(
            ["Galaxy S24 Ultra", "Surface Laptop", "Standing Desk Pro", "Trail Runner Shoes", "Coffee Grinder Deluxe"]
        )
    ),
    lambda r: r.choice(
        [
            "The Refund Policy applies",
            "Open the Account Settings page",
            "Click on Save Changes",
            "See Terms and Conditions",
            "Update Payment Method first",
        ]
    ),
    lambda r: r.choice(
        ["## Next Steps", "# Getting Started", "**Important Note**", "### Order Summary", "## Known Issues"]
    ),
    lambda r: r.choice(
        ["It happened on Monday", "See you in April", "The meeting is on Friday at noon", "Summer Sale ends in June"]
    ),
    lambda r: f"id: {pick(r, ALNUM, 22)}",
    lambda r: f"call_{pick(r, ALNUM, 24)}",
    lambda r: f"chatcmpl-{pick(r, ALNUM, 29)}",
    lambda r: f"tracking number 1Z{pick(r, UPPER + DIGITS, 16)}",
    lambda r: f"ISBN 978-{r.randint(0, 9)}-{digits(r, 2)}-{digits(r, 6)}-{r.randint(0, 9)}",
    lambda r: f"invoice INV-{digits(r, 6)}",
    lambda r: f"ticket SUP-{digits(r, 5)} is closed",
    lambda r: f"port {r.randint(1024, 65535)} is in use",
    lambda r: f"/usr/lib/python3.11/site-packages/foo_{r.randint(1, 99)}.py, line {r.randint(1, 900)}",
    lambda r: f"color #{pick(r, HEX, 6)}",
    lambda r: r.choice(
        ["Use Python and Docker", "Deploy with Kubernetes", "Kafka and Airflow are up", "PostgreSQL is slow today"]
    ),
    lambda r: f"x = {r.uniform(0, 9):.3f}, y = {r.uniform(0, 9):.3f}",
    lambda r: f"{r.randint(2, 40)} items, {r.randint(2, 99)}% off, {r.randint(1, 9)}/10",
    lambda r: f"pages {r.randint(1, 90)}-{r.randint(91, 400)}",
    lambda r: f"SKU {pick(r, UPPER, 3)}-{digits(r, 5)}",
    lambda r: f"epoch {r.randint(1, 40)}/50 loss=0.{digits(r, 4)}",
)
