"""tf.Example records in canonical form: the same features give the same bytes. No TensorFlow is loaded for it.

Map entries of a protobuf message have no order of their own. Canonical is protobuf's deterministic form, with map
entries sorted by key.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError
from google.protobuf.unknown_fields import UnknownFieldSet

from penstock.errors import DataError

__all__ = ["canonical", "feature_key", "is_example"]


def _example_class() -> Any:  # a message class that exists only at run time
    """Builds the message class of tf.Example (tensorflow/core/example/example.proto) in a pool of our own.

    TensorFlow's own class would cost an import of 5 seconds.
    """
    file = descriptor_pb2.FileDescriptorProto(name="penstock/example.proto", package="penstock", syntax="proto3")
    kinds = descriptor_pb2.FieldDescriptorProto
    for name, kind in (
        ("BytesList", kinds.TYPE_BYTES),
        ("FloatList", kinds.TYPE_FLOAT),
        ("Int64List", kinds.TYPE_INT64),
    ):
        message = file.message_type.add(name=name)
        message.field.add(name="value", number=1, type=kind, label=kinds.LABEL_REPEATED)
    feature = file.message_type.add(name="Feature")
    feature.oneof_decl.add(name="kind")
    for number, name in enumerate(("bytes_list", "float_list", "int64_list"), 1):
        type_name = f".penstock.{name.title().replace('_', '')}"
        feature.field.add(
            name=name,
            number=number,
            type=kinds.TYPE_MESSAGE,
            type_name=type_name,
            label=kinds.LABEL_OPTIONAL,
            oneof_index=0,
        )
    features = file.message_type.add(name="Features")
    entry = features.nested_type.add(name="FeatureEntry")
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, type=kinds.TYPE_STRING, label=kinds.LABEL_OPTIONAL)
    entry.field.add(
        name="value", number=2, type=kinds.TYPE_MESSAGE, type_name=".penstock.Feature", label=kinds.LABEL_OPTIONAL
    )
    features.field.add(
        name="feature",
        number=1,
        type=kinds.TYPE_MESSAGE,
        type_name=".penstock.Features.FeatureEntry",
        label=kinds.LABEL_REPEATED,
    )
    example = file.message_type.add(name="Example")
    example.field.add(
        name="features", number=1, type=kinds.TYPE_MESSAGE, type_name=".penstock.Features", label=kinds.LABEL_OPTIONAL
    )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("penstock.Example"))


_Example = _example_class()


def canonical(records: Iterable[bytes]) -> list[bytes]:
    """The records in canonical form.

    Args:
        records: Serialized tf.Examples.

    Raises:
        google.protobuf.message.DecodeError: A record is not a tf.Example.
    """
    return [_Example.FromString(record).SerializeToString(deterministic=True) for record in records]


def is_example(record: bytes) -> bool:
    """Whether a record is a tf.Example and nothing more; a SequenceExample parses as one that lost its sequences."""
    try:
        message = _Example.FromString(record)
    except DecodeError:
        return False
    return not len(UnknownFieldSet(message))


def feature_key(record: bytes, name: str) -> bytes:
    """Canonical bytes of one feature.

    Raises:
        DataError: The record lacks the feature.
    """
    features = _Example.FromString(record).features.feature
    # Looking a map's key up would add it.
    if name not in features or features[name].WhichOneof("kind") is None:
        raise DataError(
            f'a record has no feature "{name}", which partition_feature_name splits by',
            received=f"features {', '.join(sorted(features)) or 'none'}",
            hint="every record needs a value there, or leave partition_feature_name out",
        )
    return bytes(features[name].SerializeToString(deterministic=True))
