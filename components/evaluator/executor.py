"""Runs TFMA over the examples, and writes its results, a summary and the verdict."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import tensorflow_model_analysis as tfma
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx_bsl.tfxio import tensor_adapter, tf_example_record

from penstock.artifacts import Model, Schema
from penstock.components.evaluator import preflight
from penstock.components.evaluator.component import Evaluator
from penstock.components.evaluator.eval_config import BASELINE, CANDIDATE, Prepared, prepare, read_config, to_proto
from penstock.components.evaluator.results import SliceResult, read_results
from penstock.components.evaluator.signatures import Signatures
from penstock.components.evaluator.summary import summary_of
from penstock.components.evaluator.verdict import Verdict, judge
from penstock.dsl.execution import ExecutionContext
from penstock.errors import DataError, DefinitionError, PenstockError

__all__ = ["EvaluatorExecutor"]

# Fixed, so that sums of floats do not depend on how fast the machine is.
_BATCH_SIZE = 1000


class EvaluatorExecutor:
    """Does the work of an Evaluator."""

    def run(self, node: Evaluator, context: ExecutionContext) -> None:
        """Evaluates `node.model`, and blesses it or not.

        Raises:
            DefinitionError: The config does not fit the model, the examples or TFMA.
            DataError: A split is empty or cannot be read.
        """
        prepared = self._prepare(node)
        try:
            with context.beam_pipeline() as pipeline:
                _analyse(pipeline, node, prepared)
        except Exception as error:
            raise _explained(error) from error
        results = read_results(node.evaluation.uri)
        verdict = judge(prepared, results, tfma.load_validation_result(node.evaluation.uri))
        _write_summary(node, results, verdict)
        _write_blessing(node, verdict)
        baseline = _short(node.baseline_model) if node.baseline_model is not None else ""
        context.report(note=f"{verdict.note}{f', baseline {baseline}' if baseline else ''}")

    def _prepare(self, node: Evaluator) -> Prepared:
        if node.eval_config_file is not None:
            given = read_config(node.eval_config_file)
        elif node.eval_config is not None:
            given = to_proto(node.eval_config)
        else:
            raise DefinitionError("received no config", expected="eval_config or eval_config_file")
        preflight.check_metrics(given)
        prepared = prepare(given, has_baseline=node.baseline_model is not None)
        features = preflight.feature_names(node.examples, node.example_splits)
        for name, model in _models(node).items():
            spec = next(spec for spec in prepared.config.model_specs if spec.name in (name, ""))
            preflight.check_model_spec(name, spec, prepared.config, Signatures.of(model.serving_uri), features)
        return prepared


def _explained(error: Exception) -> Exception:
    """What Beam wraps in many layers, as one line: the exception that started it."""
    root: BaseException = error
    while (before := root.__cause__ or (None if root.__suppress_context__ else root.__context__)) is not None:
        root = before
    if isinstance(root, PenstockError | OSError | MemoryError):
        return error
    # TensorFlow puts the name of a graph node before the message.
    lines = re.sub(r"\{\{.*?\}\}\s*", "", str(root)).strip().splitlines()
    return DataError(
        f"TFMA cannot evaluate this: {lines[0] if lines else type(root).__name__}",
        hint="labels (label_key) and predictions (signature_name, prediction_key) must be what the metrics take",
    )


def _short(model: Model) -> str:
    """Enough of a model's identity to find it among others."""
    return (model.identity or model.uri).rpartition(":")[2][:12]


def _models(node: Evaluator) -> dict[str, Model]:
    if node.baseline_model is None:
        return {CANDIDATE: node.model}
    return {CANDIDATE: node.model, BASELINE: node.baseline_model}


def _analyse(pipeline: Any, node: Evaluator, prepared: Prepared) -> None:
    files = [file for split in node.example_splits for file in preflight.split_files(node.examples, split)]
    schema = _read_schema(node.schema)
    tfxio = tf_example_record.TFExampleRecord(
        file_pattern=files, schema=schema, raw_record_column_name=tfma.ARROW_INPUT_COLUMN
    )
    adapter = None
    if schema is not None:
        adapter = tensor_adapter.TensorAdapterConfig(
            arrow_schema=tfxio.ArrowSchema(), tensor_representations=tfxio.TensorRepresentations()
        )
    models = [
        tfma.default_eval_shared_model(
            model.serving_uri,
            model_name=name if node.baseline_model is not None else "",
            eval_config=prepared.config,
            # Without a baseline nothing may be left of the thresholds; TFMA then asks for this to bless a model.
            rubber_stamp=node.baseline_model is None and bool(prepared.not_applied),
        )
        for name, model in _models(node).items()
    ]
    _ = (
        pipeline
        | "ReadExamples" >> tfxio.BeamSource(batch_size=_BATCH_SIZE)
        | "Analyse"
        >> tfma.ExtractEvaluateAndWriteResults(
            eval_shared_model=models if len(models) > 1 else models[0],
            eval_config=prepared.config,
            output_path=node.evaluation.uri,
            tensor_adapter_config=adapter,
            schema=schema,
        )
    )


def _read_schema(artifact: Schema | None) -> schema_pb2.Schema | None:
    if artifact is None:
        return None
    path = Path(artifact.uri, "schema.pbtxt")
    try:
        return text_format.Parse(path.read_text(encoding="utf-8"), schema_pb2.Schema())
    except text_format.ParseError as error:
        raise DataError(f"not a Schema: {error}", at=str(path)) from error


def _write_summary(node: Evaluator, results: Sequence[SliceResult], verdict: Verdict) -> None:
    summary = {
        "model": node.model.identity or "",
        "baseline": node.baseline_model.identity or "" if node.baseline_model is not None else None,
        "splits": list(node.example_splits),
        "blessed": verdict.blessed,
        "slices": summary_of(results),
        "thresholds": [asdict(check) for check in verdict.checks],
    }
    _write_json(Path(node.evaluation.uri, "summary.json"), summary)


def _write_blessing(node: Evaluator, verdict: Verdict) -> None:
    blessing = node.blessing
    blessing.blessed = int(verdict.blessed)
    blessing.model_identity = node.model.identity or ""
    blessing.baseline_identity = (node.baseline_model.identity or "") if node.baseline_model is not None else ""
    record = {
        "blessed": verdict.blessed,
        "model_identity": blessing.model_identity,
        "baseline_identity": blessing.baseline_identity,
        "reasons": verdict.reasons,
        "note": verdict.note,
    }
    _write_json(Path(blessing.uri, "blessing.json"), record)
    Path(blessing.uri, "BLESSED" if verdict.blessed else "NOT_BLESSED").touch()


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
