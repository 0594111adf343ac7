"""Evaluator: measures a model with TensorFlow Model Analysis and decides whether it may be pushed."""
