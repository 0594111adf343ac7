"""JSON schemas of a definition in YAML (for editors) and of the spec. `python -m penstock.ir.schemas` writes them."""

from penstock.ir.schemas.definition_schema import definition_schema
from penstock.ir.schemas.spec_schema import spec_schema

__all__ = ["definition_schema", "spec_schema"]
