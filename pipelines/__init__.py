"""Runnable pipelines, which are also the templates of `penstock init`."""
