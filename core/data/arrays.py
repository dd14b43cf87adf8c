"""What the arrays and columns hold that functions take and return. Shapes stand in the docstrings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Floats: TypeAlias = NDArray[np.floating[Any]]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]
Texts: TypeAlias = NDArray[np.object_]
Codes: TypeAlias = NDArray[np.int32]
Hashes: TypeAlias = NDArray[np.uint64]
Array: TypeAlias = NDArray[Any]
"""Values of any type, such as those of a column that nobody has read yet."""
Series: TypeAlias = "pd.Series[Any]"
