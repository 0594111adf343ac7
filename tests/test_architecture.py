"""What the import contracts in pyproject.toml cannot say: heavy libraries, lazy boundaries, forbidden calls, sizes."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted(
    path
    for folder in ("src/penstock", "components", "pipelines")
    for path in (ROOT / folder).rglob("*.py")
    if not any(parent.is_symlink() for parent in path.parents)
)
NAMES = [path.relative_to(ROOT).as_posix() for path in SOURCES]

# Library to the files that may import it when they are loaded.
EXECUTORS = r"components/\w+/(?!component|config|confirm)\w+\.py"
EXAMPLES = r"src/penstock/examples/(?!config)\w+\.py"
MODELS = r"pipelines/\w+/model\.py"
HEAVY = {
    "tensorflow": f"{EXECUTORS}|{MODELS}",
    "tensorflow_transform": f"{EXECUTORS}|{MODELS}",
    "tensorflow_model_analysis": EXECUTORS,
    "tensorflow_metadata": EXECUTORS,
    "tfx_bsl": f"{EXECUTORS}|{EXAMPLES}|{MODELS}",
    "keras": f"{EXECUTORS}|{MODELS}",
    "apache_beam": rf"{EXECUTORS}|{EXAMPLES}|src/penstock/orchestration/beam/\w+\.py|src/penstock/dsl/beam_options\.py",
    "pyarrow": f"{EXECUTORS}|{EXAMPLES}",
    "numpy": f"{EXECUTORS}|{EXAMPLES}",
    "sqlalchemy": r"src/penstock/metadata/sql/.*",
    "alembic": r"src/penstock/metadata/sql/.*",
}


def _tree(name: str) -> ast.Module:
    return ast.parse((ROOT / name).read_text())


def _imports_when_loaded(node: ast.AST) -> Iterator[str]:
    """Modules that importing a file imports: not those inside functions, nor those for type checkers."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield child.module or ""
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        elif not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from _imports_when_loaded(child)


@pytest.mark.parametrize("name", NAMES)
def test_heavy_libraries_are_imported_where_they_may_be(name: str) -> None:
    for module in _imports_when_loaded(_tree(name)):
        library = module.partition(".")[0]
        if library in HEAVY:
            assert re.fullmatch(HEAVY[library], name), f"{name} imports {module}"


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith("/component.py")])
def test_a_component_does_not_import_its_executor(name: str) -> None:
    assert not [module for module in _imports_when_loaded(_tree(name)) if module.endswith("executor")]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_unpickled_evaluated_or_run_by_a_shell(name: str) -> None:
    for node in ast.walk(_tree(name)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            assert not {"pickle", "marshal", "shelve", "dill", "cloudpickle"} & {n.partition(".")[0] for n in names}
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in {"eval", "exec", "os.system", "os.popen", "yaml.load", "yaml.unsafe_load"}, called
            assert not any(k.arg == "shell" for k in node.keywords), f"{called}(shell=...)"


@pytest.mark.parametrize("name", NAMES)
def test_no_module_holds_more_than_500_lines(name: str) -> None:
    assert len((ROOT / name).read_text().splitlines()) <= 500


def test_defining_a_pipeline_loads_no_heavy_library() -> None:
    code = (
        "import sys; import penstock, penstock.components, penstock.config, penstock.artifacts;"
        f"print(sorted(set(sys.modules) & {set(HEAVY)!r}))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
