"""Random projects: an edit of a definition changes the fingerprint exactly where the definition is reached."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.sources.fingerprint import fingerprint

FORMS = ("name", "attribute", "package")
"""How a file gets at a definition of another one: `from m import f`, `import m` and `m.f`, or through a package."""

Place = tuple[int, int]
Uses = dict[Place, list[tuple[Place, str, str]]]


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Uses, dict[Place, str]]:
    """Definitions by (file, number), what each uses and how, and what kind of definition each is."""
    sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    places = [(file, number) for file, size in enumerate(sizes) for number in range(size)]
    use = st.tuples(st.sampled_from(places), st.sampled_from(FORMS), st.sampled_from(("body", "default", "lazy")))
    uses = {place: draw(st.lists(use, max_size=2)) for place in places}
    kinds = {place: draw(st.sampled_from(("function", "class", "lambda"))) for place in places}
    return uses, kinds


def name_of(place: Place) -> str:
    return f"d{place[0]}_{place[1]}"


def render(uses: Uses, kinds: Mapping[Place, str], edited: Place | None) -> dict[str, str]:
    files: dict[str, list[str]] = {"pkg/__init__.py": []}
    for place, used in uses.items():
        imports, lines = [], files.setdefault(f"m{place[0]}.py", [])
        body, defaults = [], []
        for target, form, where in used:
            name = name_of(target)
            if target[0] == place[0]:
                statement, text = "pass", name
            elif form == "name":
                statement, text = f"from m{target[0]} import {name}", name
            elif form == "package":
                statement, text = f"from pkg import {name}", name
                files["pkg/__init__.py"].append(f"from m{target[0]} import {name}")
            else:
                statement, text = f"import m{target[0]}", f"m{target[0]}.{name}"
            if where == "lazy" and kinds[place] == "function":
                body.append(f"    {statement}")
            else:
                imports.append(statement)
            (defaults if where == "default" else body).append(text if where == "default" else f"    {text}")
        value = "edited" if place == edited else "plain"
        signature = ", ".join(f"x{index}={text}" for index, text in enumerate(defaults))
        name = name_of(place)
        if kinds[place] == "function":
            lines += [*imports, f"def {name}({signature}):", *body, f"    return '{value}'"]
        elif kinds[place] == "class":
            fields = [f"    u{index} = {line.strip()}" for index, line in enumerate(body)]
            method = f"    def m({', '.join(['self', *filter(None, [signature])])}): pass"
            lines += [*imports, f"class {name}:", method, *fields, f"    v = '{value}'"]
        else:
            items = ", ".join([*(line.strip() for line in body), repr(value)])
            lines += [*imports, f"{name} = lambda {signature}: ({items},)"]
    return {name: "\n".join([*lines, ""]) for name, lines in files.items()}


def reached(uses: Uses, start: Place) -> set[Place]:
    found, pending = set(), [start]
    while pending:
        place = pending.pop()
        if place not in found:
            found.add(place)
            pending += [target for target, _, _ in uses[place]]
    return found


def parts(files: Mapping[str, str], entry: Place) -> dict[str, str]:
    with TemporaryDirectory() as folder:
        for name, text in files.items():
            Path(folder, name).parent.mkdir(exist_ok=True)
            Path(folder, name).write_text(text)
        return {part.name: part.digest for part in fingerprint(Path(folder), f"m{entry[0]}.py", name_of(entry))}


@settings(max_examples=150, deadline=None)
@given(graph=graphs(), data=st.data())
def test_edit_counts_exactly_where_it_is_reached(graph: tuple[Uses, dict[Place, str]], data: st.DataObject) -> None:
    uses, kinds = graph
    entry = data.draw(st.sampled_from(sorted(uses)), label="entry")
    edited = data.draw(st.sampled_from(sorted(uses)), label="edited")

    before = parts(render(uses, kinds, None), entry)
    after = parts(render(uses, kinds, edited), entry)

    differing = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    expected = {f"m{edited[0]}.py: {name_of(edited)}"} if edited in reached(uses, entry) else set()
    assert differing == expected
