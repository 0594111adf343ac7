"""Options that keep their views behave like Beam's own."""

from __future__ import annotations

import copy

from apache_beam.internal import pickler
from apache_beam.options.pipeline_options import DirectOptions, StandardOptions, TypeOptions

from penstock.dsl.beam_options import CachedOptions

ARGS = ["--runner=FnApiRunner", "--direct_num_workers=3", "--no_pipeline_type_check"]


def test_views_read_the_arguments() -> None:
    options = CachedOptions(ARGS)
    assert options.view_as(StandardOptions).runner == "FnApiRunner"
    assert options.view_as(DirectOptions).direct_num_workers == 3
    assert options.view_as(TypeOptions).pipeline_type_check is False


def test_a_view_is_made_once() -> None:
    options = CachedOptions(ARGS)
    assert options.view_as(TypeOptions) is options.view_as(TypeOptions)


def test_what_a_view_sets_is_seen_by_later_ones() -> None:
    options = CachedOptions(ARGS)
    options.view_as(StandardOptions).runner = "other"
    assert options.view_as(StandardOptions).runner == "other"
    assert options.get_all_options()["runner"] == "other"


def test_a_copy_has_values_of_its_own() -> None:
    options = CachedOptions(ARGS)
    options.view_as(StandardOptions)
    copied = copy.deepcopy(options)
    copied.view_as(StandardOptions).runner = "other"
    assert options.view_as(StandardOptions).runner == "FnApiRunner"
    assert copied.view_as(StandardOptions).runner == "other"


def test_it_reaches_workers() -> None:
    options = CachedOptions(ARGS)
    options.view_as(DirectOptions)
    assert pickler.loads(pickler.dumps(options)).view_as(DirectOptions).direct_num_workers == 3
