"""Transform: a user's `preprocessing_fn`, analysed on some splits and applied to all."""

from penstock.components.transform.component import Transform
from penstock.components.transform.config import SplitsConfig

__all__ = ["SplitsConfig", "Transform"]
