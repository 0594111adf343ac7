"""A component that lies in no project and in no installed package's entry points."""

from penstock import Component, Output, output
from penstock.artifacts import Model


class Alien(Component):
    model: Output[Model] = output()
    executor = "x:y"
