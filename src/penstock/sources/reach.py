"""Reach: which statements of a project can have a say in what a function does, followed from name to name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from penstock.sources.definitions import Chain, Definitions, definitions
from penstock.sources.imports import Import, absolute, dynamic_imports, files_of
from penstock.sources.project import Project, package_name

__all__ = ["Reach"]

_MODULE_ATTRIBUTES = frozenset({"__name__", "__file__", "__doc__", "__package__", "__path__", "__loader__"})


class Reach:
    """What was reached so far. Where it cannot be told what code names, everything that it may name is taken.

    Attributes:
        project: The project.
        executed: Files that are imported, in the order in which they are.
        statements: File to the places of its reached statements.
        named: File to names of its top level that were reached.
        bindings: File to the reached imports of its top level.
        whole: Files of which everything counts.
        imports: Every import that may be executed.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self.executed: dict[str, None] = {}
        self.statements: defaultdict[str, set[int]] = defaultdict(set)
        self.named: defaultdict[str, set[str]] = defaultdict(set)
        self.bindings: defaultdict[str, set[Import]] = defaultdict(set)
        self.whole: set[str] = set()
        self.imports: set[Import] = set()
        self._seen: set[tuple[str, str, Chain]] = set()
        self._pending: list[tuple[str, str, Chain]] = []
        self._lists_subclasses = False

    def definitions(self, file: str) -> Definitions:
        """The analysed file.

        Raises:
            DefinitionError: It is not valid Python.
        """
        return self.project.analyse(file, definitions)

    def add(self, file: str, name: str | None) -> None:
        """Follows everything from a name of a file; from all of the file when the name is None.

        Raises:
            DefinitionError: A reached file is not valid Python.
        """
        self._execute(file)
        if name is None:
            self._take_whole(file)
        else:
            self._take(file, name)
        # A list instead of recursion: chains of definitions can be longer than Python's stack.
        while self._pending:
            self._follow(*self._pending.pop())

    def _execute(self, file: str) -> None:
        """Takes what importing a file does: its imports, and its statements with effects."""
        if file in self.executed:
            return
        self.executed[file] = None
        for package in self.project.chain(package_name(file)):
            self._execute(package)
        found = self.definitions(file)
        for index, statement in enumerate(found.statements):
            for each in statement.early_imports:
                self._execute_import(file, each)
                if each.name == "*":
                    self._take_whole(file)
                    self._resolve(file, each, [()])
            if statement.effect or (statement.subclass and self._lists_subclasses):
                self._take_unnamed(file, index)

    def _take(self, file: str, name: str, chain: Chain = ()) -> None:
        if (file, name, chain) not in self._seen:
            self._seen.add((file, name, chain))
            self._pending.append((file, name, chain))

    def _follow(self, file: str, name: str, chain: Chain) -> None:
        """Takes what a name stands for, where `chain` is taken from it; a name that nothing binds is Python's own."""
        self._execute(file)
        found = self.definitions(file)
        places = found.binding.get(name, ())
        if places:
            self.named[file].add(name)
        for index in places:
            self._take_statement(file, index)
        for each in found.imported.get(name, ()):
            self.bindings[file].add(each)
            self._resolve(file, each, [chain])
        for each in found.late_imported.get(name, ()):  # `global name; import name` in a function
            self._resolve(file, each, [chain])

    def _take_whole(self, file: str) -> None:
        """Takes everything in a file, and all that its names may be used for."""
        if file in self.whole:
            return
        self.whole.add(file)
        self._execute(file)
        found = self.definitions(file)
        for index in range(len(found.statements)):
            self._take_statement(file, index)
        for name in found.names:
            self._take(file, name)

    def _take_statement(self, file: str, index: int) -> None:
        if index in self.statements[file]:
            return
        self.statements[file].add(index)
        statement = self.definitions(file).statements[index]
        if statement.dynamic:
            self._take_whole(file)
            for name in dynamic_imports(self.project, self.project.tree(file), file):
                for reached in self.project.chain(name):
                    self._execute(reached)
                self._take_module(name, ())
        if statement.lists_subclasses:
            self._take_subclasses()
        for each in statement.imports:
            self._execute_import(file, each)
            if each not in statement.early_imports:
                self._resolve(file, each, statement.chains.get(each.bound, ()))
            elif statement.defines_class:  # the class may have the module as an attribute
                self._resolve(file, each, [()])
        for each in statement.named_by_text:
            self._execute_import(file, each)
            self._resolve(file, each, [()])
        for name in statement.names:
            for chain in statement.chains.get(name, [()]):
                self._take(file, name, chain)

    def _take_subclasses(self) -> None:
        """From now on, and in what was executed before, a class with bases counts even where nothing names it."""
        if self._lists_subclasses:
            return
        self._lists_subclasses = True
        for file in list(self.executed):
            for index, statement in enumerate(self.definitions(file).statements):
                if statement.subclass:
                    self._take_unnamed(file, index)

    def _take_unnamed(self, file: str, index: int) -> None:
        """Takes a statement for what it does; a definition is known by its name all the same."""
        self._take_statement(file, index)
        statement = self.definitions(file).statements[index]
        if statement.is_definition:
            for name in statement.binds:
                self._take(file, name)

    def _execute_import(self, file: str, found: Import) -> None:
        self.imports.add(found)
        for each in files_of(self.project, found, file):
            self._execute(each)

    def _resolve(self, file: str, found: Import, chains: Iterable[Chain]) -> None:
        module = absolute(found, file)
        if not module:
            return
        if found.name == "*":
            for each in files_of(self.project, found, file):
                self._take_whole(each)
            return
        start = module if found.name is not None or found.renamed else found.bound
        for chain in list(chains):
            self._take_module(start, (found.name, *chain) if found.name is not None else chain)

    def _take_module(self, module: str, chain: Sequence[str]) -> None:
        file = self.project.module(module)
        if file is None and not self.project.is_package(module):
            return
        if not chain:
            self._take_whole_module(module)
            return
        head, rest = chain[0], tuple(chain[1:])
        below = f"{module}.{head}"
        found = False
        if self.project.module(below) is not None or self.project.is_package(below):
            found = True
            self._take_module(below, rest)
        if file is None:
            return
        self._execute(file)
        if self.definitions(file).knows(head):
            self._take(file, head, rest)
        elif not found and head not in _MODULE_ATTRIBUTES:
            self._take_whole(file)  # set from elsewhere, by `__getattr__`, by a star import, or missing

    def _take_whole_module(self, module: str) -> None:
        """A module that is handed on as an object: anything in it may be asked for."""
        file = self.project.module(module)
        if file is not None:
            self._take_whole(file)
        if self.project.is_package(module):
            for name in self.project.submodules(module):
                self._take_whole_module(name)
