"""A chain of ONNX nodes, each of which reads the result of the one before."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import helper, numpy_helper


class Chain:
    """Nodes and constants to be put into a graph.

    Args:
        name: Result that the first node reads.
        prefix: What the names of new results and constants begin with.

    Attributes:
        nodes: The nodes, in order.
        constants: The constants that they read.
        last: Name of the last result.
    """

    def __init__(self, name: str, *, prefix: str) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.last, self._prefix = name, prefix

    def add(self, op: str, *constants: npt.NDArray[Any] | np.generic | None, **attributes: Any) -> str:
        """Append a node that reads the last result and these constants; None leaves an input out.

        Returns:
            Name of its result.
        """
        return self.join(op, self.last, *map(self.constant, constants), **attributes)

    def join(self, op: str, *inputs: str, **attributes: Any) -> str:
        """Append a node that reads these results; returns the name of its own."""
        self.last = f"{self._prefix}/{len(self.nodes)}/{op}"
        self.nodes.append(helper.make_node(op, inputs, [self.last], name=self.last, **attributes))
        return self.last

    def constant(self, values: npt.NDArray[Any] | np.generic | None) -> str:
        """Add a constant; returns its name, which is empty for None."""
        if values is None:
            return ""
        name = f"{self._prefix}/constant/{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def end(self, name: str) -> None:
        """Rename the last result; there must be one."""
        self.nodes[-1].output[0] = self.last = name
