"""acct.toml: what it may say, checked, and made into an Entity."""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from acctkit.books.files import read_bytes
from acctkit.ledger.entity import Approval, Entity, VatRegistration
from acctkit.period import parse_year_end, return_periods
from acctkit.problem import Place, Refusal, error, refusal

# What pydantic finds, in an accountant's words.
_WORDS = {
    "extra_forbidden": "is not a setting",
    "missing": "is missing",
    "string_type": "must be text in quotes",
    "string_too_short": "must not be empty",
    "string_pattern_mismatch": "must be in capitals, like GBP or GB",
    "date_type": "must be a date like 2024-03-10, without quotes",
    "literal_error": "must be standard, cash or flat-rate",
    "model_type": "must be a section, like [entity]",
}


def read_entity(path: Path | None) -> Entity:
    """The entity an acct.toml describes; without one, an entity without a name, years or VAT.

    Raises Refusal X905 with every setting that is not valid.
    """
    if path is None:
        return Entity()
    data = read_bytes(path)
    try:
        settings = tomllib.loads(data.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as reason:
        raise refusal("X905", f"{path} is not valid TOML: {reason}", "correct it in an editor") from None
    return _entity(settings, path, data.decode())


def books_branch(path: Path | None) -> str:
    """The branch that is the books (`[git] branch`), "" where acct.toml names none; read_entity has checked it."""
    if path is None:
        return ""
    named = tomllib.loads(read_bytes(path).decode()).get("git", {}).get("branch", "")
    return str(named)


def _entity(settings: dict[str, object], path: Path, text: str) -> Entity:
    from pydantic import ValidationError

    try:
        checked = _model().model_validate(settings)
    except ValidationError as reason:
        problems = []
        for fault in reason.errors():
            name = ".".join(str(part) for part in fault["loc"])
            words = _WORDS.get(fault["type"]) or fault["msg"].removeprefix("Value error, ")
            message = f"{name} {words}" if fault["type"] in _WORDS else f"{name}: {words}"
            problems.append(error("X905", message, _place(path, text, str(fault["loc"][-1])), "correct acct.toml"))
        raise Refusal(*problems) from None
    return _made(checked)


def _made(settings: Any) -> Entity:  # noqa: ANN401 - see _model
    """The entity that checked settings describe."""
    own, vat, wanted = settings.entity_section, settings.vat, settings.approval
    registration = approval = None
    if vat:
        registration = VatRegistration(vat.country, vat.number, vat.scheme, vat.registered, vat.flat_rate, vat.periods)
    if wanted:
        approval = Approval(wanted.above, tuple(wanted.accounts), wanted.since, wanted.signers)
    return Entity(own.name, own.currency, parse_year_end(own.year_end), registration, approval)


def _place(path: Path, text: str, key: str) -> Place:
    """The line that sets a key, or the first line where none does."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip().startswith((key, f"[{key}")):
            return Place(str(path), number, 1, len(line) + 1, line)
    first = text.splitlines()[0] if text.strip() else ""
    return Place(str(path), 1, 1, len(first) + 1, first)


def _model() -> Any:  # noqa: ANN401 - its classes exist only once pydantic is imported
    from pydantic import BaseModel, ConfigDict, Field, field_validator

    class Section(BaseModel):
        model_config = ConfigDict(extra="forbid", alias_generator=lambda name: name.replace("_", "-"), strict=True)

    class EntitySection(Section):
        name: str = Field(min_length=1)
        currency: str = Field(pattern=r"^[A-Z]{3}$")
        year_end: str

        @field_validator("year_end")
        @classmethod
        def _is_day(cls, value: str) -> str:
            if parse_year_end(value) is None:
                raise ValueError(f"a year end is a month and day like 03-31, not {value}")
            return value

    class VatSection(Section):
        country: str = Field(pattern=r"^[A-Z]{2}$")
        number: str
        scheme: Literal["standard", "cash", "flat-rate"] = "standard"
        registered: date | None = None
        flat_rate: Decimal | None = Field(default=None, strict=False)
        periods: str = "quarters to 03"

        @field_validator("periods")
        @classmethod
        def _is_rule(cls, value: str) -> str:
            if return_periods(value, date(2000, 1, 1)) is None:
                raise ValueError("periods are `months`, `quarters to 01`, `02` or `03`, or `year to MM`")
            return value

        @field_validator("number")
        @classmethod
        def _is_number(cls, value: str) -> str:
            from stdnum.gb import vat

            if value.upper().startswith("GB") and not vat.is_valid(value):
                raise ValueError(f"{value} is not a UK VAT number: its check digits do not fit")
            return value

    class GitSection(Section):
        branch: str = Field(min_length=1)

    class ApprovalSection(Section):
        above: Decimal | None = Field(default=None, strict=False, ge=0)
        accounts: list[str] = Field(default_factory=list)
        since: date | None = None
        signers: str = ""

    class Settings(Section):
        entity_section: EntitySection = Field(alias="entity")
        vat: VatSection | None = None
        git: GitSection | None = None
        approval: ApprovalSection | None = None

    return Settings
