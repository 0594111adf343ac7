"""Writes the schemas beside this file."""

from __future__ import annotations

import json
from pathlib import Path

from penstock.ir.schemas import definition_schema, spec_schema

__all__ = ["write_schemas"]


def write_schemas() -> None:
    """Writes `pipeline.schema.json` and `spec.schema.json`."""
    for name, schema in {"pipeline": definition_schema(), "spec": spec_schema()}.items():
        text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        Path(__file__).with_name(f"{name}.schema.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_schemas()
