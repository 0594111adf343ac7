from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from penstock.errors import DefinitionError, NotFoundError, UnknownNameError
from penstock.sources.fingerprint import fingerprint

from .conftest import Write

MODEL = '''"""A model."""
from __future__ import annotations
from typing import Any
from helpers import scale

FEATURES = ("a", "b")
STEPS = 10

def preprocessing_fn(inputs: dict[str, Any]) -> dict[str, Any]:
    """Scales."""
    return {name: scale(inputs[name]) for name in FEATURES}

class Net:
    def call(self, x):
        return x

def run_fn(fn_args):
    return Net().call(scale(STEPS))
'''
HELPERS = """FACTOR = 2

def scale(x):
    return x * FACTOR

def unused(x):
    return x
"""
PROJECT = {"model.py": MODEL, "helpers.py": HELPERS, "other.py": "X = 1\n"}


def parts(folder: Path, entry: str | None, file: str = "model.py") -> dict[str, str]:
    found = fingerprint(folder, file, entry)
    assert len({part.name for part in found}) == len(found)
    return {part.name: part.digest for part in found}


def difference(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def changed(write: Write, files: dict[str, str], edit: tuple[str, str, str], entry: str | None) -> set[str]:
    file, old, new = edit
    assert files[file].count(old) >= 1, f"{old!r} is not in {file}"
    before = parts(write(files), entry)
    return difference(before, parts(write({**files, file: files[file].replace(old, new)}), entry))


@pytest.mark.parametrize(
    ("edit", "preprocessing", "training"),
    [
        (("model.py", "scale(STEPS)", "scale(STEPS + 1)"), set(), {"model.py: run_fn"}),
        (("model.py", "inputs[name])", "inputs[name], 1)"), {"model.py: preprocessing_fn"}, set()),
        (("model.py", "return x\n", "return -x\n"), set(), {"model.py: Net"}),
        (("model.py", '"b")', '"c")'), {"model.py: FEATURES"}, set()),
        (("model.py", "STEPS = 10", "STEPS = 11"), set(), {"model.py: STEPS"}),
        (("helpers.py", "x * FACTOR", "FACTOR * x"), {"helpers.py: scale"}, {"helpers.py: scale"}),
        (("helpers.py", "FACTOR = 2", "FACTOR = 3"), {"helpers.py: FACTOR"}, {"helpers.py: FACTOR"}),
        (("helpers.py", "return x\n", "return 1\n"), set(), set()),
        (("other.py", "1", "2"), set(), set()),
        (("model.py", "STEPS = 10", "STEPS = 10  # few"), set(), set()),
        (("model.py", '("a", "b")', "(\n    'a',\n    'b',\n)"), set(), set()),
        (("model.py", "STEPS = 10", "STEPS = 1_0"), set(), set()),
        (("model.py", "STEPS = 10", "STEPS = 10.0"), set(), {"model.py: STEPS"}),
        (("model.py", "STEPS = 10", "STEPS = '10'"), set(), {"model.py: STEPS"}),
        (("model.py", '"""Scales."""', '"""Scales inputs."""'), set(), set()),
        (("model.py", '"""A model."""', '"""Another."""'), set(), set()),
        (("model.py", "from helpers import scale", "from helpers import scale\nimport json"), set(), set()),
        (("model.py", "class Net:", "UNUSED = 3\n\nclass Net:"), set(), set()),
        (("model.py", "STEPS = 10\n", "STEPS = 10\n\n\n\n"), set(), set()),
    ],
)
def test_an_edit_changes_the_parts_that_it_should(
    write: Write, edit: tuple[str, str, str], preprocessing: set[str], training: set[str]
) -> None:
    assert changed(write, PROJECT, edit, "preprocessing_fn") == preprocessing
    assert changed(write, PROJECT, edit, "run_fn") == training


@dataclass
class Case:
    """An edit, and the parts of the fingerprint of `entry` that it changes."""

    text: str
    old: str
    new: str
    changes: set[str] = field(default_factory=set)
    files: dict[str, str] = field(default_factory=dict)
    file: str = "model.py"
    entry: str = "f"


NONE: set[str] = set()
WHOLE = {"model.py: whole file"}
STATEMENTS = {"model.py: module statements"}

CASES = {
    "default_argument": Case("A = 1\ndef f(x=A): return x\n", "A = 1", "A = 2", {"model.py: A"}),
    "keyword_default": Case("A = 1\ndef f(*, x=A): return x\n", "A = 1", "A = 2", {"model.py: A"}),
    "annotation": Case("A = int\ndef f(x: A): return x\n", "A = int", "A = str", {"model.py: A"}),
    "annotation_in_quotes": Case("A = int\ndef f(x: 'list[A]'): return x\n", "A = int", "A = str", {"model.py: A"}),
    "attribute_in_a_quoted_annotation": Case(
        "import helpers\ndef f(x: 'helpers.T'): return helpers.scale(x)\n",
        "T = int",
        "T = str",
        {"helpers.py: whole file"},
        {"helpers.py": "T = int\ndef scale(x): return x\n"},
        "helpers.py",
    ),
    "text_in_an_annotation": Case(
        "from typing import Literal\nA = 1\ndef f(x: Literal['no name']): return A\n", "A = 1", "A = 2", {"model.py: A"}
    ),
    "returned_annotation": Case("A = int\ndef f(x) -> A: return x\n", "A = int", "A = str", {"model.py: A"}),
    "own_decorator": Case(
        "def twice(g): return lambda: g() * 2\n@twice\ndef f(): return 1\n", "* 2", "* 3", {"model.py: twice"}
    ),
    "base_class": Case("class B:\n    x = 1\nclass C(B): pass\ndef f(): return C\n", "x = 1", "x = 2", {"model.py: B"}),
    "metaclass": Case(
        "class M(type):\n    x = 1\nclass C(metaclass=M): pass\ndef f(): return C\n", "x = 1", "x = 2", {"model.py: M"}
    ),
    "method_uses_a_name": Case(
        "A = 1\nclass C:\n    def m(self): return A\ndef f(): return C().m()\n", "A = 1", "A = 2", {"model.py: A"}
    ),
    "class_body_uses_a_name": Case(
        "A = 1\nclass C:\n    A = A\ndef f(): return C\n", "A = 1", "A = 2", {"model.py: A"}
    ),
    "dataclass": Case(
        "from dataclasses import dataclass\n@dataclass\nclass C:\n    x: int = 1\ndef f(): return C()\n",
        "= 1",
        "= 2",
        {"model.py: C"},
    ),
    "unreached_dataclass": Case(
        "from dataclasses import dataclass, field\n@dataclass(frozen=True)\nclass C:\n    x: list = field(default=1)\n"
        "def f(): return 1\n",
        "=1",
        "=2",
    ),
    "lambda": Case("g = lambda x: x + A\nA = 1\nf = lambda: g(1)\n", "A = 1", "A = 2", {"model.py: A"}),
    "lambdas_in_one_line": Case("A = 1; f = lambda: A; B = lambda: 0\n", "A = 1", "A = 2", {"model.py: A"}),
    "comprehension": Case("A = [1]\ndef f(): return [x for x in A]\n", "[1]", "[2]", {"model.py: A"}),
    "comprehension_at_the_top": Case("A = [1]\nB = [a for a in A]\ndef f(): return B\n", "[1]", "[2]", {"model.py: A"}),
    "nested_function": Case(
        "A = 1\ndef f():\n    def g():\n        return A\n    return g()\n", "A = 1", "A = 2", {"model.py: A"}
    ),
    "global_statement": Case(
        "A = 1\ndef f():\n    global A\n    A += 1\n    return A\n", "A = 1", "A = 2", {"model.py: A"}
    ),
    "local_of_the_same_name": Case("scale = 1\ndef f():\n    scale = 2\n    return scale\n", "scale = 1", "scale = 3"),
    "parameter_of_the_same_name": Case("scale = 1\ndef f(scale):\n    return scale\n", "scale = 1", "scale = 3"),
    "comprehension_variable_of_the_same_name": Case(
        "x = 1\ndef f():\n    return [x for x in range(3)]\n", "x = 1", "x = 2"
    ),
    "local_in_one_function_global_in_another": Case(
        "A = 1\ndef g(): return A\ndef f():\n    A = 2\n    return g() + A\n", "A = 1", "A = 3", {"model.py: A"}
    ),
    "assigned_twice": Case("A = 1\nA = A + 1\ndef f(): return A\n", "A + 1", "A + 2", {"model.py: A"}),
    "order_of_assignments": Case("A = 1\nA = 2\ndef f(): return A\n", "A = 1\nA = 2", "A = 2\nA = 1", {"model.py: A"}),
    "default_between_two_assignments": Case(
        "A = 1\ndef f(x=A): return x\nA = 2\n",
        "def f(x=A): return x\nA = 2\n",
        "A = 2\ndef f(x=A): return x\n",
        STATEMENTS,
    ),
    "augmented_assignment": Case("A = [1]\nA += [2]\ndef f(): return A\n", "[2]", "[3]", {"model.py: A"}),
    "augmented_assignment_of_another_name": Case("A = [1]\nA += [2]\ndef f(): return 1\n", "[2]", "[3]"),
    "augmented_alias": Case("A = [1]\nB = A\nB += [2]\ndef f(): return A\n", "[2]", "[3]", {"model.py: B"}),
    "unpacking": Case("A, *B = 1, 2\ndef f(): return B\n", "1, 2", "1, 3", {"model.py: B"}),
    "annotated_assignment": Case("A: int = 1\ndef f(): return A\n", "= 1", "= 2", {"model.py: A"}),
    "walrus": Case("B = [(A := 1)]\ndef f(): return A\n", ":= 1", ":= 2", {"model.py: A"}),
    "walrus_in_a_comprehension": Case(
        "B = [A := x for x in (1, 2)]\ndef f(): return A\n", "(1, 2)", "(1, 3)", {"model.py: A"}
    ),
    "type_alias": Case(
        "from typing import TypeAlias\nA: TypeAlias = int\ndef f(x: A): return x\n", "= int", "= str", {"model.py: A"}
    ),
    "constant_expression_of_a_call": Case(
        "def g(): return 1\nA = g()\ndef f(): return A\n", "return 1", "return 2", {"model.py: g"}
    ),
    # -- effects ---------------------------------------------------------------------------------------------------
    "call": Case("import random\nrandom.seed(1)\ndef f(): return random.random()\n", "(1)", "(2)", STATEMENTS),
    "call_in_an_unused_assignment": Case(
        "import numpy as np\n_ = np.random.seed(1)\ndef f(): return 1\n", "(1)", "(2)", {"model.py: _"}
    ),
    "quiet_call_in_an_unused_assignment": Case(
        "import re\nP = re.compile('a')\nN = frozenset('ab'.split())\ndef f(): return 1\n", "'a'", "'b'"
    ),
    "call_with_a_key_function": Case(
        "def g(x): return 1\nP = sorted([1], key=g)\ndef f(): return 1\n", "return 1\nP", "return 2\nP", {"model.py: g"}
    ),
    "name_that_hides_a_quiet_one": Case(
        "from reg import frozenset\nP = frozenset(1)\ndef f(): return 1\n",
        "(1)",
        "(2)",
        {"model.py: P"},
        {"reg.py": "def frozenset(x): pass\n"},
    ),
    "function_called_by_an_effect": Case(
        "def setup(): return 1\nsetup()\ndef f(): return 1\n",
        "setup(): return 1",
        "setup(): return 2",
        {"model.py: setup"},
    ),
    "loop": Case(
        "A = []\nfor x in (1, 2):\n    A.append(x)\ndef f(): return 0\n",
        "(1, 2)",
        "(1, 3)",
        {"model.py: x"} | STATEMENTS,
    ),
    "with": Case("with open('x') as g:\n    pass\ndef f(): return 0\n", "'x'", "'y'", STATEMENTS),
    "item_assignment": Case("import os\nos.environ['A'] = '1'\ndef f(): return 0\n", "'1'", "'2'", STATEMENTS),
    "monkey_patch": Case(
        "import helpers\nhelpers.A = 1\ndef f(): return 0\n", "= 1", "= 2", STATEMENTS, {"helpers.py": "A = 0\n"}
    ),
    "order_of_effects": Case(
        "import random\nrandom.seed(1)\nrandom.seed(2)\ndef f(): return 0\n",
        "random.seed(1)\nrandom.seed(2)",
        "random.seed(2)\nrandom.seed(1)",
        STATEMENTS,
    ),
    "effect_before_or_after_an_assignment": Case(
        "A = [1]\nB = list(A)\nA.append(2)\ndef f(): return B\n",
        "B = list(A)\nA.append(2)",
        "A.append(2)\nB = list(A)",
        STATEMENTS,
    ),
    "effect_before_or_after_an_import": Case(
        "import os\nos.environ['A'] = '1'\nimport numpy\ndef f(): return 0\n",
        "os.environ['A'] = '1'\nimport numpy",
        "import numpy\nos.environ['A'] = '1'",
        STATEMENTS,
    ),
    "effect_of_an_imported_file": Case(
        "import helpers\ndef f(): return 0\n",
        "(1)",
        "(2)",
        {"helpers.py: module statements"},
        {"helpers.py": "import random\nrandom.seed(1)\n"},
        "helpers.py",
    ),
    "effect_of_a_package": Case(
        "import p.a\ndef f(): return 0\n",
        "(1)",
        "(2)",
        {"p/__init__.py: module statements"},
        {"p/__init__.py": "import random\nrandom.seed(1)\n", "p/a.py": ""},
        "p/__init__.py",
    ),
    "order_of_imports_with_effects": Case(
        "import a\nimport b\ndef f(): return 0\n",
        "import a\nimport b",
        "import b\nimport a",
        {"import order"},
        {"a.py": "import random\nrandom.seed(1)\n", "b.py": "import random\nrandom.seed(2)\n"},
    ),
    "order_of_imports_without_effects": Case(
        "import a\nimport b\ndef f(): return 0\n",
        "import a\nimport b",
        "import b\nimport a",
        NONE,
        {"a.py": "", "b.py": ""},
    ),
    "file_imported_in_an_unreached_function": Case(
        "def g():\n    import helpers\ndef f(): return 0\n",
        "(1)",
        "(2)",
        NONE,
        {"helpers.py": "import random\nrandom.seed(1)\n"},
        "helpers.py",
    ),
    "registered_function": Case(
        "ALL = []\ndef register(g):\n    ALL.append(g)\n    return g\n"
        "@register\ndef one(): return 1\ndef f(): return ALL[0]()\n",
        "return 1",
        "return 2",
        {"model.py: one"},
    ),
    "registered_class_of_a_library": Case(
        "import keras\n@keras.saving.register_keras_serializable()\n"
        "class Layer(keras.Layer):\n    x = 1\ndef f(): return 0\n",
        "x = 1",
        "x = 2",
        {"model.py: Layer"},
    ),
    "unreached_class_of_a_library": Case(
        "import keras\nclass Layer(keras.Layer):\n    x = 1\ndef f(): return 0\n", "x = 1", "x = 2"
    ),
    "subclass_hook": Case(
        "ALL = []\nclass B:\n    def __init_subclass__(cls): ALL.append(cls)\n"
        "class C(B):\n    x = 1\ndef f(): return ALL\n",
        "x = 1",
        "x = 2",
        {"model.py: C"},
    ),
    "subclass_of_an_imported_class": Case(
        "from base import B\nclass C(B):\n    x = 1\ndef f(): return B.all()\n",
        "x = 1",
        "x = 2",
        {"model.py: C"},
        {"base.py": "class B:\n    pass\n"},
    ),
    "listed_subclass": Case(
        "class B: pass\nclass C(B):\n    x = 1\ndef f(): return B.__subclasses__()\n", "x = 1", "x = 2", {"model.py: C"}
    ),
    "effect_in_a_class_body": Case(
        "import random\nclass C:\n    random.seed(1)\ndef f(): return 0\n", "(1)", "(2)", {"model.py: C"}
    ),
    "main_guard": Case("def f(): return 0\nif __name__ == '__main__':\n    print(1)\n", "print(1)", "print(2)"),
    "assertion": Case("A = 1\nassert A == 1\ndef f(): return 0\n", "A == 1", "A > 0", STATEMENTS),
    # -- conditional definitions -----------------------------------------------------------------------------------
    "if": Case(
        "import sys\nif sys.platform == 'linux':\n    def g(): return 1\n"
        "else:\n    def g(): return 2\ndef f(): return g()\n",
        "return 2",
        "return 3",
        {"model.py: g"},
    ),
    "unreached_if": Case(
        "import sys\nif sys.platform == 'linux':\n    def g(): return 1\ndef f(): return 0\n", "return 1", "return 2"
    ),
    "if_with_an_effect": Case(
        "import sys\nif sys.platform == 'linux':\n    print(1)\ndef f(): return 0\n", "print(1)", "print(2)", STATEMENTS
    ),
    "try": Case(
        "try:\n    from fast import g\nexcept ImportError:\n    def g(): return 1\ndef f(): return g()\n",
        "return 1",
        "return 2",
        {"model.py: g"},
        {"fast.py": "def g(): return 0\n"},
    ),
    "import_in_try": Case(
        "try:\n    from fast import g\nexcept ImportError:\n    def g(): return 1\ndef f(): return g()\n",
        "return 0",
        "return 3",
        {"fast.py: g"},
        {"fast.py": "def g(): return 0\n"},
        "fast.py",
    ),
    # -- imports ---------------------------------------------------------------------------------------------------
    "attribute_of_a_module": Case(
        "import helpers\ndef f(): return helpers.scale(1)\n",
        "return x",
        "return -x",
        {"helpers.py: scale"},
        {"helpers.py": "def scale(x):\n    return x\ndef unused(y):\n    return y\n"},
        "helpers.py",
    ),
    "another_attribute_of_a_module": Case(
        "import helpers\ndef f(): return helpers.scale(1)\n",
        "return y",
        "return -y",
        NONE,
        {"helpers.py": "def scale(x):\n    return x\ndef unused(y):\n    return y\n"},
        "helpers.py",
    ),
    "module_as_an_object": Case(
        "import helpers\ndef f(g): return g(helpers)\n",
        "return y",
        "return -y",
        {"helpers.py: whole file"},
        {"helpers.py": "def unused(y):\n    return y\n"},
        "helpers.py",
    ),
    "renamed_module": Case(
        "import p.a as q\ndef f(): return q.scale(1)\n",
        "return x",
        "return -x",
        {"p/a.py: scale"},
        {"p/__init__.py": "", "p/a.py": "def scale(x): return x\n"},
        "p/a.py",
    ),
    "dotted_module": Case(
        "import p.a\ndef f(): return p.a.scale(1)\n",
        "return y",
        "return -y",
        NONE,
        {"p/__init__.py": "", "p/a.py": "def scale(x): return x\ndef g(y): return y\n"},
        "p/a.py",
    ),
    "module_of_a_namespace_package": Case(
        "from ns import a\ndef f(): return a.scale(1)\n",
        "return x",
        "return -x",
        {"ns/a.py: scale"},
        {"ns/a.py": "def scale(x): return x\n"},
        "ns/a.py",
    ),
    "renamed_name": Case(
        "from helpers import a as g, b as h\ndef f(): return g() - h()\n",
        "a as g, b as h",
        "b as g, a as h",
        {"model.py: imports"},
        {"helpers.py": "def a(): return 1\ndef b(): return 2\n"},
    ),
    "renamed_name_of_a_library": Case(
        "from math import sin as g\ndef f(): return g(1)\n", "sin", "cos", {"model.py: imports"}
    ),
    "re_export": Case(
        "from p import scale\ndef f(): return scale(1)\n",
        "return x",
        "return -x",
        {"p/a.py: scale"},
        {
            "p/__init__.py": "from .a import scale\nfrom .b import other\n",
            "p/a.py": "def scale(x): return x\n",
            "p/b.py": "other = 1\n",
        },
        "p/a.py",
    ),
    "neighbour_of_a_re_export": Case(
        "from p import scale\ndef f(): return scale(1)\n",
        "other = 1",
        "other = 2",
        NONE,
        {
            "p/__init__.py": "from .a import scale\nfrom .b import other\n",
            "p/a.py": "def scale(x): return x\n",
            "p/b.py": "other = 1\n",
        },
        "p/b.py",
    ),
    "star_import": Case(
        "from helpers import *\ndef f(): return scale(1)\n",
        "return x",
        "return -x",
        {"helpers.py: whole file"},
        {"helpers.py": "def scale(x): return x\n"},
        "helpers.py",
    ),
    "star_import_takes_its_own_file": Case(
        "from helpers import *\nA = 1\ndef f(): return scale(1)\n",
        "A = 1",
        "A = 2",
        WHOLE,
        {"helpers.py": "scale = 1\n"},
    ),
    "star_re_export": Case(
        "from p import scale\ndef f(): return scale(1)\n",
        "return x",
        "return -x",
        {"p/a.py: whole file"},
        {"p/__init__.py": "from .a import *\n", "p/a.py": "def scale(x): return x\n"},
        "p/a.py",
    ),
    "circular": Case(
        "import helpers\nA = 1\ndef f(): return helpers.g()\n",
        "A = 1",
        "A = 2",
        {"model.py: A"},
        {"helpers.py": "import model\ndef g(): return model.A\n"},
    ),
    "import_in_a_function": Case(
        "def f():\n    from helpers import scale\n    return scale(1)\n",
        "return x",
        "return -x",
        {"helpers.py: scale"},
        {"helpers.py": "def scale(x): return x\ndef g(y): return y\n"},
        "helpers.py",
    ),
    "module_imported_in_a_function": Case(
        "def f():\n    import helpers\n    return helpers.scale(1)\n",
        "return y",
        "return -y",
        NONE,
        {"helpers.py": "def scale(x): return x\ndef g(y): return y\n"},
        "helpers.py",
    ),
    "module_imported_globally_in_a_function": Case(
        "def g():\n    global helpers\n    import helpers\ndef f():\n    g()\n    return helpers.scale(1)\n",
        "return x",
        "return -x",
        {"helpers.py: whole file"},
        {"helpers.py": "def scale(x): return x\n"},
        "helpers.py",
    ),
    "another_function_imports_the_same_name": Case(
        "def scale(): return 1\ndef g():\n    from helpers import scale\n    return scale()\ndef f(): return scale()\n",
        "return 2",
        "return 3",
        NONE,
        {"helpers.py": "def scale(): return 2\n"},
        "helpers.py",
    ),
    "module_as_a_class_attribute": Case(
        "class C:\n    import helpers\ndef f(): return C.helpers.scale(1)\n",
        "return x",
        "return -x",
        {"helpers.py: whole file"},
        {"helpers.py": "def scale(x): return x\n"},
        "helpers.py",
    ),
    "attribute_that_nothing_binds": Case(
        "import helpers\ndef f(): return helpers.scale\n",
        "A = 1",
        "A = 2",
        {"helpers.py: whole file"},
        {"helpers.py": "A = 1\ndef __getattr__(name): return A\n"},
        "helpers.py",
    ),
    "type_checking": Case(
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from helpers import T\ndef f(x: 'T'): return x\n",
        "T = int",
        "T = str",
        NONE,
        {"helpers.py": "T = int\n"},
        "helpers.py",
    ),
    "future": Case(
        "import os\ndef f(x: int): return x\n", "import os", "from __future__ import annotations", {"model.py: f"}
    ),
    # -- names looked up by a string ---------------------------------------------------------------------------------
    **{
        f"looked_up_by_{name}": Case(f"A = 1\ndef f(x): return {code}\n", "A = 1", "A = 2", WHOLE)
        for name, code in {
            "globals": "globals()['A']",
            "getattr": "getattr(x, 'A')",
            "eval": "eval('A')",
            "exec": "exec('A')",
            "vars": "vars(x)",
            "locals": "locals()",
            "import": "__import__('model').A",
            "function_globals": "f.__globals__['A']",
        }.items()
    },
    "looked_up_by_a_renamed_builtin": Case(
        "import builtins as b\nA = 1\ndef f(): return b.eval('A')\n", "A = 1", "A = 2", WHOLE
    ),
    "looked_up_in_sys_modules": Case(
        "import sys\nA = 1\ndef f(): return sys.modules[__name__].A\n", "A = 1", "A = 2", WHOLE
    ),
    "looked_up_in_an_unreached_function": Case(
        "A = 1\ndef g(x): return getattr(x, 'A')\ndef f(): return 0\n", "A = 1", "A = 2"
    ),
    "module_imported_by_a_string": Case(
        "import importlib\ndef f(name): return importlib.import_module(f'plugins.{name}').A\n",
        "A = 1",
        "A = 2",
        {"plugins/a.py: whole file"},
        {"plugins/a.py": "A = 1\n"},
        "plugins/a.py",
    ),
    "keras_compile_is_no_lookup": Case("A = 1\ndef f(model): return model.compile()\n", "A = 1", "A = 2"),
    # -- docstrings --------------------------------------------------------------------------------------------------
    "docstring_that_is_read": Case(
        "def g():\n    'one'\ndef f(): return g.__doc__\n", "'one'", "'two'", {"model.py: g"}
    ),
    "docstring_that_a_decorator_may_read": Case(
        "import tools\n@tools.tool\ndef g():\n    'one'\ndef f(): return g\n", "'one'", "'two'", {"model.py: g"}
    ),
    "docstring_of_a_class": Case("class C:\n    'one'\ndef f(): return C\n", "'one'", "'two'"),
    "string_that_is_no_docstring": Case("def f():\n    return 'one'\n", "'one'", "'two'", {"model.py: f"}),
}


@pytest.mark.parametrize("name", CASES)
def test_what_can_change_the_result_changes_the_fingerprint(write: Write, name: str) -> None:
    case = CASES[name]
    files = {"model.py": case.text, **case.files}

    assert changed(write, files, (case.file, case.old, case.new), case.entry) == case.changes


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the statement is of Python 3.12")
def test_type_statement(write: Write) -> None:
    files = {"model.py": "type A = list[B]\nB = int\ndef f[T](x: A, y: T) -> T: return y\n"}

    assert changed(write, files, ("model.py", "B = int", "B = str"), "f") == {"model.py: B"}


def test_whole_file_without_an_entry(write: Write) -> None:
    assert changed(write, PROJECT, ("model.py", "STEPS = 10", "STEPS = 11"), None) == WHOLE


def test_class_as_the_entry_reaches_what_it_names(write: Write) -> None:
    text = (
        "from penstock import Component\nclass Work:\n    def run(self, node, context): pass\n"
        "class Own(Component):\n    executor = Work\n"
    )

    assert changed(write, {"model.py": text}, ("model.py", "pass", "return 1"), "Own") == {"model.py: Work"}


def test_unreached_component_in_the_same_file_does_not_count(write: Write) -> None:
    text = (
        "from penstock import component\n@component\ndef one(x: int) -> int:\n    return 1\n"
        "@component\ndef two(x: int) -> int:\n    return 2\n"
    )

    assert changed(write, {"model.py": text}, ("model.py", "return 2", "return 3"), "one") == set()


def test_entry_that_is_imported_is_followed(write: Write) -> None:
    files = {"model.py": "from helpers import run_fn\n", "helpers.py": "def run_fn(): return 1\n"}

    assert changed(write, files, ("helpers.py", "1", "2"), "run_fn") == {"helpers.py: run_fn"}


def test_parts_are_named_for_users(write: Write) -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    found = {part.name: part.shown for part in fingerprint(write(PROJECT), "model.py", "preprocessing_fn")}

    assert found == {
        "helpers.py: FACTOR": "",
        "helpers.py: scale": "",
        "model.py: FEATURES": "",
        "model.py: imports": "",
        "model.py: preprocessing_fn": "",
        "python": version,
    }


def test_packages_that_reached_files_import_are_parts(write: Write) -> None:
    folder = write(
        {
            "model.py": "import numpy as np\nimport helpers\ndef f():\n    import yaml\ndef g():\n    import click\n",
            "helpers.py": "import no_such_package\n",
        }
    )
    found = {part.name: part.shown for part in fingerprint(folder, "model.py", "f") if part.name.startswith("library")}

    assert set(found) == {"library numpy", "library yaml", "library no_such_package"}
    assert found["library numpy"][0].isdigit()
    assert found["library yaml"].startswith("PyYAML ")
    assert found["library no_such_package"] == "not installed"


def test_long_chain_of_definitions(write: Write) -> None:
    text = "\n".join(f"def f{index}(): return f{index + 1}()" for index in range(1500)) + "\ndef f1500(): return 1\n"

    assert changed(write, {"model.py": text}, ("model.py", "return 1\n", "return 2\n"), "f0") == {"model.py: f1500"}


def test_missing_entry_offers_the_nearest(write: Write) -> None:
    with pytest.raises(UnknownNameError) as caught:
        fingerprint(write(PROJECT), "model.py", "runfn")
    assert caught.value.hint == 'did you mean "run_fn"?'


def test_missing_file(write: Write) -> None:
    with pytest.raises(NotFoundError, match=r"no file modle\.py"):
        fingerprint(write(PROJECT), "modle.py", "run_fn")


@pytest.mark.parametrize("text", ["def f(:\n", "def f():\n    return 1\n  x = 2\n", "def f():\n    nonlocal x\n"])
def test_syntax_error_of_an_import_names_file_and_line(write: Write, text: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        fingerprint(write({"model.py": "import helpers\ndef f(): pass\n", "helpers.py": text}), "model.py", "f")
    assert str(caught.value.at).startswith("helpers.py:")


def test_edit_is_seen_at_once_whatever_its_time_and_size(write: Write) -> None:
    folder = write({"model.py": "def f(): return 1\n"})
    stamp = (folder / "model.py").stat()
    before = parts(folder, "f")
    (folder / "model.py").write_text("def f(): return 2\n")
    os.utime(folder / "model.py", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))

    assert difference(before, parts(folder, "f")) == {"model.py: f"}


@pytest.mark.parametrize(
    "content", ["# coding: latin-1\ndef f(): return 'é'\n".encode("latin-1"), b"\xef\xbb\xbfdef f(): return 1\n"]
)
def test_encodings_that_python_reads(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.py").write_bytes(content)

    assert "model.py: f" in parts(tmp_path, "f")


def test_surrogates_in_strings(write: Write) -> None:
    assert "model.py: f" in parts(write({"model.py": "def f(): return '\\ud800'\n"}), "f")


def test_user_code_is_not_imported(write: Write, tmp_path: Path) -> None:
    text = f"open({str(tmp_path / 'touched')!r}, 'w')\ndef f(): pass\n"
    fingerprint(write({"model.py": "import helpers\n" + text, "helpers.py": text}), "model.py", "f")

    assert not (tmp_path / "touched").exists()


def test_same_in_another_folder_and_with_another_hash_seed(write: Write, tmp_path: Path) -> None:
    files = {
        **PROJECT,
        "model.py": "import random\nimport p.a, p.b\nrandom.seed(1)\n"
        + MODEL.replace("from __future__ import annotations\n", ""),
        "p/__init__.py": "from .a import *\n",
        "p/a.py": "import random\nrandom.seed(1)\nclass A: pass\ndef g(): return getattr(A, 'x')\n",
        "p/b.py": "import random\nrandom.seed(2)\nclass B(object):\n    pass\n",
    }
    folder = write(files).rename(tmp_path / "elsewhere")
    code = (
        "import sys; from pathlib import Path; from penstock.sources.fingerprint import fingerprint\n"
        "print(*fingerprint(Path(sys.argv[1]), 'model.py', 'run_fn'), sep='\\n')"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code, str(place)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed, place in (("1", folder), ("2", folder), ("3", write(files)))
    }

    assert len(found) == 1
