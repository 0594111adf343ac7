"""A small convolutional network over 8 x 8 images: features, model and training."""

import keras
import tensorflow as tf
import tensorflow_transform as tft
from tfx_bsl.public.tfxio import TensorFlowDatasetOptions

IMAGE, LABEL = "image", "digit"
CLASSES = 10


def preprocessing_fn(inputs):
    """Grey values of 0 to 16 become 0 to 1: `image` [batch, 64] float32; `digit` [batch, 1] int64 stays."""
    return {IMAGE: tft.scale_to_0_1(inputs[IMAGE]), LABEL: inputs[LABEL]}


def run_fn(fn_args):
    """Trains the network and saves it with two signatures: to serve raw images, and to evaluate transformed ones."""
    graph = tft.TFTransformOutput(fn_args.transform_output)

    def batches(files, epochs):
        options = TensorFlowDatasetOptions(batch_size=64, num_epochs=epochs, label_key=LABEL)
        data = fn_args.data_accessor.tf_dataset_factory(files, options, graph.transformed_metadata.schema)
        return data.map(lambda features, label: (features[IMAGE], label))

    model = keras.Sequential(
        [
            keras.Input([64]),
            keras.layers.Reshape([8, 8, 1]),
            keras.layers.Conv2D(16, 3, padding="same", activation="relu"),
            keras.layers.Conv2D(32, 3, strides=2, padding="same", activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(CLASSES, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(
        batches(fn_args.train_files, epochs=None),
        steps_per_epoch=fn_args.train_steps,
        validation_data=batches(fn_args.eval_files, epochs=1),
        verbose=2,
    )
    _save(model, graph, fn_args.serving_model_dir)


def _save(model, graph, folder):
    raw = {IMAGE: graph.raw_feature_spec()[IMAGE]}
    transformed = {IMAGE: graph.transformed_feature_spec()[IMAGE]}
    saved = tf.Module()
    saved.model, saved.transform = model, graph.transform_features_layer()
    serialized = [tf.TensorSpec([None], tf.string, name="examples")]

    @tf.function(input_signature=serialized)
    def predict(examples):
        return {"probabilities": model(saved.transform(tf.io.parse_example(examples, raw))[IMAGE])}

    @tf.function(input_signature=serialized)
    def evaluate(examples):
        return {"probabilities": model(tf.io.parse_example(examples, transformed)[IMAGE])}

    tf.saved_model.save(saved, folder, {"serving_default": predict, "evaluate": evaluate})
