"""Definitions in Python: a file with a `pipeline`, or with a function `create_pipeline`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from penstock.dsl.parameter import ParamMarker, RunParameter
from penstock.dsl.pipeline import Pipeline
from penstock.dsl.user_code import load_module, user_frame
from penstock.errors import DefinitionError, PenstockError, UnknownNameError
from penstock.ir.compiler import compile_pipeline
from penstock.ir.docstrings import described_names
from penstock.ir.model import ParameterSpec, PipelineSpec
from penstock.ir.parameter_types import check_plain, parse_text, type_text
from penstock.ir.project_imports import project_imports

__all__ = ["read_python"]


def read_python(path: Path, build: Mapping[str, str]) -> tuple[PipelineSpec, Pipeline]:
    """Loads and compiles a definition in Python.

    Args:
        path: The file, absolute.
        build: Build arguments as text, by name.

    Raises:
        DefinitionError: The file raises, or holds no pipeline, or one that cannot be compiled.
        UnknownNameError: There is no such build argument.
        NotFoundError: A file that it names is not there.
    """
    folder = path.parent
    with project_imports(folder):
        module = load_module(path, folder)
        create = vars(module).get("create_pipeline")
        ready = vars(module).get("pipeline")
        if callable(create) and isinstance(ready, Pipeline):
            raise DefinitionError(
                'both "pipeline" and "create_pipeline" are defined', at=path.name, hint="take one of them out"
            )
        if callable(create):
            pipeline, params, given = _call(create, build, folder, path.name)
        elif isinstance(ready, Pipeline):
            _refuse_unknown(build, {}, path.name)
            pipeline, params, given = ready, {}, {}
        else:
            raise _nothing_found(module, path.name)
        return compile_pipeline(pipeline, folder=folder, params=params, build=given), pipeline


def _nothing_found(module: ModuleType, file: str) -> DefinitionError:
    found = vars(module).get("pipeline")
    return DefinitionError(
        "no pipeline is defined",
        at=file,
        received=f'"pipeline" is of type {type(found).__name__}' if found is not None else None,
        expected="a function create_pipeline(...) that returns a Pipeline, or an object `pipeline`",
    )


def _call(
    create: Callable[..., Any], build: Mapping[str, str], folder: Path, file: str
) -> tuple[Pipeline, dict[str, ParameterSpec], dict[str, Any]]:
    code = getattr(create, "__code__", None)
    at = f"{file}:{code.co_firstlineno}" if code is not None else file
    try:
        hints = get_type_hints(create, include_extras=True)
    except NameError as error:
        raise DefinitionError(f"create_pipeline: {error}", at=at) from error
    about = described_names(create)
    arguments: dict[str, Any] = {}
    params: dict[str, ParameterSpec] = {}
    building: dict[str, Any] = {}
    for name, argument in inspect.signature(create).parameters.items():
        if argument.kind in (argument.VAR_POSITIONAL, argument.VAR_KEYWORD, argument.POSITIONAL_ONLY):
            raise DefinitionError(
                f'create_pipeline, argument "{name}": cannot be given by name', at=at, expected="a named argument"
            )
        hint = hints.get(name, str if argument.default is argument.empty else type(argument.default))
        try:
            if _is_param(hint):
                params[name] = _declare(hint, argument, about.get(name, ""))
                arguments[name] = RunParameter(name, get_args(hint)[0])
            else:
                building[name] = hint
                if name in build:
                    arguments[name] = parse_text(build[name], hint, f"--build {name}")
                elif argument.default is argument.empty:
                    raise DefinitionError("is not given", hint=f"--build {name}=...")
                else:
                    arguments[name] = argument.default
        except PenstockError as error:
            error.at = at
            error.message = f'create_pipeline, argument "{name}": {error.message}'
            raise
    _refuse_unknown(build, building, at, params)
    given = {name: check_plain(arguments[name], building[name]) for name in building}
    pipeline = _run(create, arguments, folder, at)
    if not isinstance(pipeline, Pipeline):
        raise DefinitionError("create_pipeline", at=at, received=repr(pipeline), expected="a returned Pipeline")
    return pipeline, params, given


def _is_param(hint: Any) -> bool:
    return get_origin(hint) is Annotated and any(isinstance(mark, ParamMarker) for mark in hint.__metadata__)


def _declare(hint: Any, argument: inspect.Parameter, description: str) -> ParameterSpec:
    annotation = get_args(hint)[0]
    required = argument.default is argument.empty
    return ParameterSpec(
        type=type_text(annotation),
        default=None if required else check_plain(argument.default, annotation),
        required=required,
        description=description,
    )


def _refuse_unknown(
    build: Mapping[str, str], known: Mapping[str, Any], at: str, params: Mapping[str, ParameterSpec] | None = None
) -> None:
    for name in build:
        if name not in known:
            raise UnknownNameError(
                f'no build argument "{name}"',
                name=name,
                known=known,
                at=at,
                hint=f"{name} is a run parameter: --set {name}=..." if name in (params or {}) else None,
            )


def _run(create: Callable[..., Any], arguments: Mapping[str, Any], folder: Path, at: str) -> Any:
    try:
        return create(**arguments)
    except (PenstockError, KeyboardInterrupt):
        raise
    except BaseException as error:
        place, text = user_frame(error, folder)
        raise DefinitionError(
            f"create_pipeline raises {type(error).__name__}: {error}", at=place or at, received=text or None
        ) from error
