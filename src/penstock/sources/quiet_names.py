"""Names of the language and of libraries that are known to have no effect when a module calls or subclasses them.

What is not here may register, seed or configure something, and counts. A list that is too short costs a needless run,
one that is too long a stale result: a name is only added when calling it does nothing but make a value.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["QUIET_BASES", "QUIET_CALLS", "QUIET_METHODS"]


def _dotted(names: Mapping[str, str]) -> frozenset[str]:
    return frozenset(f"{module}.{name}" for module, listed in names.items() for name in listed.split())


QUIET_CALLS = _dotted(
    {
        "abc": "abstractmethod",
        "apache_beam": "ptransform_fn",
        "apache_beam.typehints": "*",
        "builtins": "abs all any bool bytearray bytes chr classmethod complex dict divmod enumerate float format "
        "frozenset hex int isinstance issubclass len list max min object ord pow property range repr reversed round "
        "set slice sorted staticmethod str sum tuple zip",
        "collections": "ChainMap Counter OrderedDict defaultdict deque namedtuple",
        "contextlib": "asynccontextmanager contextmanager",
        "dataclasses": "*",
        "datetime": "date datetime time timedelta timezone",
        "decimal": "Decimal",
        "enum": "*",
        "fractions": "Fraction",
        "functools": "cache cached_property lru_cache partial singledispatch singledispatchmethod total_ordering wraps",
        "itertools": "*",
        "logging": "getLogger",
        "math": "*",
        "numpy": "arange array asarray dtype full linspace ones zeros",
        "operator": "attrgetter itemgetter",
        "os": "getenv",
        "os.environ": "get",
        "os.path": "*",
        "pathlib": "Path PurePath PurePosixPath",
        "penstock": "*",
        "re": "compile",
        "string": "Template",
        "struct": "Struct",
        "tensorflow": "RaggedTensorSpec SparseTensorSpec TensorShape TensorSpec function",
        "tensorflow.io": "FixedLenFeature FixedLenSequenceFeature RaggedFeature SparseFeature VarLenFeature",
        "textwrap": "dedent",
        "types": "MappingProxyType SimpleNamespace",
        "typing": "*",
        "typing_extensions": "*",
        "warnings": "deprecated",
    }
)
"""Callables and decorators by full name; `.*` stands for all below."""

QUIET_BASES = _dotted(
    {
        "abc": "*",
        "apache_beam": "CombineFn DoFn PTransform",
        "builtins": "*",
        "collections": "*",
        "contextlib": "*",
        "enum": "*",
        "json": "JSONEncoder",
        "keras": "*",
        "penstock": "*",
        "sklearn.base": "*",
        "string": "*",
        "tensorflow": "Module",
        "tensorflow.keras": "*",
        "tf_keras": "*",
        "torch.nn": "*",
        "typing": "*",
        "typing_extensions": "*",
    }
)
"""Base classes that keep no list of their subclasses which anybody reads."""

QUIET_METHODS = frozenset(
    {
        *("absolute", "as_posix", "casefold", "copy", "difference", "encode", "endswith", "expanduser", "format"),
        *("intersection", "items", "join", "joinpath", "keys", "lower", "lstrip", "removeprefix", "removesuffix"),
        *("resolve", "rsplit", "rstrip", "split", "splitlines", "startswith", "strip", "title", "union"),
        *("upper", "values", "with_id", "with_name", "with_options", "with_suffix"),
    }
)
"""Methods of str, dict, set, Path and nodes that change nothing else; a user's own of such a name is taken to do so."""
