"""Reading, splitting and writing tf.Example records, without TensorFlow."""
