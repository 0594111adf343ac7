"""Penstock: declarative ML pipelines with typed artifacts and a cache that explains itself."""

from penstock.dsl.artifact import Artifact
from penstock.dsl.channel import Input, Output, latest_blessed, output
from penstock.dsl.component import Component, Executor
from penstock.dsl.execution import ExecutionContext
from penstock.dsl.function_component import component
from penstock.dsl.parameter import CodeRef, InputPath, Param, UserCode
from penstock.dsl.pipeline import Pipeline

__all__ = [
    "Artifact",
    "CodeRef",
    "Component",
    "ExecutionContext",
    "Executor",
    "Input",
    "InputPath",
    "Output",
    "Param",
    "Pipeline",
    "UserCode",
    "component",
    "latest_blessed",
    "output",
]
