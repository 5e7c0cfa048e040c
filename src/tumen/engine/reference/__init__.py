"""The reference engine: docs/engine.md as plain Python, unoptimised, to check the fast engine against."""

from tumen.engine.reference.feedback import Feedback
from tumen.engine.reference.rules import OTHER_FORMULAS, Formulas
from tumen.engine.reference.run import EVENTS, FLOWS, Answer, reference

__all__ = ["EVENTS", "FLOWS", "OTHER_FORMULAS", "Answer", "Feedback", "Formulas", "reference"]
