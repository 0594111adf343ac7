"""Which species a penguin is, from its measurements, its island and its sex: features, model and training.

Transform calls `preprocessing_fn`, Trainer calls `run_fn`; both have TFX's contracts.
"""

import keras
import tensorflow as tf
import tensorflow_transform as tft
from tfx_bsl.public.tfxio import TensorFlowDatasetOptions

MEASUREMENTS = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")
CATEGORIES = {"island": 3, "sex": 2}  # number of values
RAW_LABEL, LABEL = "species", "species_id"
CLASSES = 3


def preprocessing_fn(inputs):
    """Raw columns to `features` [batch, 9] float32 and the label [batch, 1] int64; missing values become zeros."""
    columns = [_dense(tft.scale_to_z_score(inputs[name]), 0.0) for name in MEASUREMENTS]
    for name, values in CATEGORIES.items():
        index = _dense(tft.compute_and_apply_vocabulary(inputs[name], vocab_filename=name), -1)
        columns.append(tf.one_hot(tf.squeeze(index, 1), values))  # -1 is no column
    return {
        "features": tf.concat(columns, axis=1),
        LABEL: tft.compute_and_apply_vocabulary(inputs[RAW_LABEL], vocab_filename=RAW_LABEL),
    }


def run_fn(fn_args):
    """Trains a small dense network and saves it together with the transformation, to be served raw examples."""
    graph = tft.TFTransformOutput(fn_args.transform_output)

    def batches(files, epochs):
        options = TensorFlowDatasetOptions(batch_size=32, num_epochs=epochs, label_key=LABEL)
        data = fn_args.data_accessor.tf_dataset_factory(files, options, graph.transformed_metadata.schema)
        return data.map(lambda features, label: (features["features"], label))

    width = graph.transformed_feature_spec()["features"].shape[0]
    model = keras.Sequential(
        [
            keras.Input([width]),
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dense(CLASSES, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(
        batches(fn_args.train_files, epochs=None),
        steps_per_epoch=fn_args.train_steps,
        validation_data=batches(fn_args.eval_files, epochs=1),
        validation_steps=fn_args.eval_steps,
        verbose=2,
    )
    _save(model, graph, fn_args.serving_model_dir)


def _save(model, graph, folder):
    """Two signatures: `serving_default` predicts, `transform_features` gives what the model sees, label included."""
    raw = graph.raw_feature_spec()
    unlabeled = {name: kind for name, kind in raw.items() if name != RAW_LABEL}
    saved = tf.Module()
    saved.model, saved.transform = model, graph.transform_features_layer()
    serialized = [tf.TensorSpec([None], tf.string, name="examples")]

    @tf.function(input_signature=serialized)
    def predict(examples):
        features = saved.transform(tf.io.parse_example(examples, unlabeled))
        return {"probabilities": model(features["features"])}

    @tf.function(input_signature=serialized)
    def transform_features(examples):
        return saved.transform(tf.io.parse_example(examples, raw))

    tf.saved_model.save(saved, folder, {"serving_default": predict, "transform_features": transform_features})


def _dense(column, default):
    """A column [batch, 1] of at most one value a row, with `default` where it is missing."""
    if not isinstance(column, tf.SparseTensor):
        return column
    one_wide = tf.SparseTensor(column.indices, column.values, [column.dense_shape[0], 1])
    return tf.sparse.to_dense(one_wide, default)
