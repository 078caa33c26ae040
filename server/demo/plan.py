"""Who comes to the demo's hall on its day: read from a trace, or made by a seeded generator."""

import csv
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from server.contract.words import CustomerClass, Language

OPENING_S = 9 * 3600
"""Length of the generated day."""
ARRIVAL_SHAPE = (0.6, 1.1, 1.6, 1.3, 0.7, 0.8, 1.3, 1.1, 0.5)
"""Relative arrivals in each of its nine hours: a morning peak, a lull at noon, a second peak."""
LANGUAGES = (Language.ZH,) * 16 + (Language.EN, Language.EN, Language.VI, Language.RU)
SCORES = (5,) * 11 + (4,) * 5 + (3,) * 2 + (2, 1)
PRESS_SHARE = 0.55
LEAVE_SHARE = 0.04
TRANSFER_SHARE = 0.03
HOLD_SHARE = 0.02


class TraceError(Exception):
    """A trace that cannot be played, with file and line."""


@dataclass(frozen=True, slots=True)
class Customer:
    """One person; times in hall seconds, `arrive_s` from the opening."""

    tag: str
    arrive_s: float
    service: str
    customer_class: CustomerClass
    language: Language
    handle_s: float
    patience_s: float | None
    score: int | None
    """What they will press, or None."""
    transfer: bool = False
    hold: bool = False


def read_trace(path: Path, services: Sequence[str], seed: int) -> list[Customer]:
    """The customers of `arrive,service,priority,handle_seconds[,patience_seconds]`.

    Service letters the branch does not know are mapped to its services in order. Raises TraceError.
    """
    try:
        with path.open(newline="", encoding="utf-8") as lines:
            rows = list(csv.DictReader(lines))
    except OSError as error:
        raise TraceError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TraceError(f"{path}: it is not UTF-8 text") from error
    if not rows:
        raise TraceError(f"{path}: no customers in it")
    letters = sorted({row.get("service") or "" for row in rows})
    known = {letter: letter if letter in services else services[i % len(services)] for i, letter in enumerate(letters)}
    dice = random.Random(seed)
    opening: datetime | None = None
    people: list[Customer] = []
    for number, row in enumerate(rows, start=2):
        try:
            arrive = datetime.fromisoformat(row["arrive"])
            handle_s = float(row["handle_seconds"])
            patience = row.get("patience_seconds") or ""
            customer_class = CustomerClass(row["priority"])
            service = known[row["service"]]
            opening = opening or arrive
            arrive_s = (arrive - opening).total_seconds()
        except (KeyError, ValueError, TypeError) as error:
            raise TraceError(f"{path}:{number}: {error}") from error
        people.append(
            _person(
                dice,
                f"c{number - 1}",
                arrive_s,
                service,
                customer_class,
                handle_s,
                float(patience) if patience else None,
            )
        )
    return sorted(people, key=lambda person: person.arrive_s)


def make_day(
    services: Sequence[str], seed: int, *, customers: int = 220, mean_handle_s: float = 420.0
) -> list[Customer]:
    """A day of our own: two peaks, a few elders and appointments, some who give up."""
    dice = random.Random(seed)
    hour_s = OPENING_S / len(ARRIVAL_SHAPE)
    hours = dice.choices(range(len(ARRIVAL_SHAPE)), weights=ARRIVAL_SHAPE, k=customers)
    arrivals = sorted(hour_s * hour + dice.random() * hour_s for hour in hours)
    weights = [4.0 if service == "pay" else 1.0 for service in services]
    classes = [CustomerClass.NORMAL] * 17 + [CustomerClass.ELDER] * 2 + [CustomerClass.DISABLED]
    people: list[Customer] = []
    for index, arrive_s in enumerate(arrivals, start=1):
        service = dice.choices(services, weights=weights)[0]
        mean_s = mean_handle_s * (0.5 if service == "pay" else 1.2)
        handle_s = min(3600.0, max(30.0, dice.gammavariate(2.0, mean_s / 2.0)))
        patience_s = dice.expovariate(1 / 2400) + 900 if dice.random() < LEAVE_SHARE * 3 else None
        people.append(_person(dice, f"c{index}", arrive_s, service, dice.choice(classes), handle_s, patience_s))
    return people


def _person(
    dice: random.Random,
    tag: str,
    arrive_s: float,
    service: str,
    customer_class: CustomerClass,
    handle_s: float,
    patience_s: float | None,
) -> Customer:
    if patience_s is None and dice.random() < LEAVE_SHARE:
        patience_s = dice.uniform(60, 600)
    return Customer(
        tag=tag,
        arrive_s=arrive_s,
        service=service,
        customer_class=customer_class,
        language=dice.choice(LANGUAGES),
        handle_s=handle_s,
        patience_s=patience_s,
        score=dice.choice(SCORES) if dice.random() < PRESS_SHARE else None,
        transfer=dice.random() < TRANSFER_SHARE,
        hold=dice.random() < HOLD_SHARE,
    )


def offered_load(people: Iterable[Customer]) -> float:
    """Erlangs over the busiest hour: how many counters the day keeps busy."""
    busy: dict[int, float] = {}
    for person in people:
        hour = int(person.arrive_s // 3600)
        busy[hour] = busy.get(hour, 0.0) + person.handle_s / 3600
    return max(busy.values(), default=0.0)
