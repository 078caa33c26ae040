"""What every body and message is made of."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from server.domain.vocabulary import Language

Words = dict[Language, str]
"""One text in the four languages; zh-CN is always there."""

RequestId = Annotated[str, Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_.:-]+$")]
"""Chosen by the caller, new for each act and the same for each repetition of it."""

DeviceId = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")]
ShortText = Annotated[str, Field(max_length=500)]
Moment = AwareDatetime


class Body(BaseModel):
    """What a caller sends over HTTP: strict, nothing unknown."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class View(BaseModel):
    """What the server answers or publishes: readers skip what they do not know, so every later field has a default."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Stamp(View):
    """Which state a view shows. Readers drop a lower `rev` of the same `journal`."""

    journal: str
    rev: int
    as_of: datetime


class WaitRange(View):
    """A forecast: seconds from `as_of`; low and high are the 10 and 90 % points."""

    low_s: int
    likely_s: int
    high_s: int
    as_of: Moment
