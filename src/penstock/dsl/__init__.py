"""The language: artifacts, channels, parameters, components and pipelines."""
