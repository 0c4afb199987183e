"""Control accounts against what supports them: open items, VAT returns, payrolls; and what makes any difference."""

from acctkit.control.kinds import KINDS, control
from acctkit.control.shape import Control
from acctkit.control.show import json_answer, table

__all__ = ["KINDS", "Control", "control", "json_answer", "table"]
