"""The images, as a component of the pipeline's own."""

from penstock import Output, component
from penstock.artifacts import Examples


@component
def digit_images(examples: Output[Examples], eval_every: int = 5) -> None:
    """Writes scikit-learn's 1,797 handwritten digits as tf.Examples.

    Features: `image` [64] float32, the 8 x 8 grey values of 0 to 16 row by row, and `digit` [1] int64.

    Args:
        examples: The images, as splits `train` and `eval`.
        eval_every: One image of so many goes to `eval`.
    """
    # Here, so that planning does not wait for them.
    from sklearn.datasets import load_digits

    from penstock.examples.encoding import encode_columns
    from penstock.examples.writer import ExampleWriter

    digits = load_digits()
    records = encode_columns({"image": digits.data.astype("float32"), "digit": digits.target.astype("int64")})
    examples.splits = ["train", "eval"]
    splits = {
        "train": [record for number, record in enumerate(records) if number % eval_every],
        "eval": records[::eval_every],
    }
    for name, chosen in splits.items():
        with ExampleWriter(examples.split_uri(name)) as writer:
            writer.write(chosen)
