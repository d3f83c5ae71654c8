"""A person's answer in the form of a change to a job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from model.answered_fields import are_answered_fields, merged_fields
from model.job import Job


@dataclass(frozen=True, slots=True)
class Hint:
    """One answer in the fields of a job; all empty if the answer only confirms a correction."""

    category_id: str = ""
    brand_id: str = ""
    attribute: dict[str, Any] | None = None
    fields: dict[str, Any] | None = None
    """Other fields of the edit (model/answered_fields.py)."""

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> Hint:
        """The hint of `dump`. Fields of another type are left empty."""
        attribute, fields = stored.get("attribute"), stored.get("fields")
        return cls(
            str(stored.get("category_id") or ""),
            str(stored.get("brand_id") or ""),
            attribute if isinstance(attribute, dict) else None,
            fields if isinstance(fields, dict) and are_answered_fields(fields) else None,
        )

    def dump(self) -> dict[str, Any]:
        """The fields that are set, as JSON."""
        given = {"category_id": self.category_id, "brand_id": self.brand_id, "attribute": self.attribute}
        return {name: value for name, value in (given | {"fields": self.fields}).items() if value}

    def added_to(self, job: Job) -> Job:
        """Return the job with this hint, which replaces an earlier one for the same field."""
        attributes = job.attributes
        if self.attribute is not None:
            others = [each for each in attributes if each.get("id") != self.attribute["id"]]
            attributes = (*others, self.attribute)
        return replace(
            job,
            category_id=self.category_id or job.category_id,
            brand_id=self.brand_id or job.brand_id,
            attributes=attributes,
            fields=merged_fields(job.fields, self.fields),
        )
