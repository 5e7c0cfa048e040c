"""The reference engine: docs/engine.md as plain Python, unoptimised, to check the fast engine against."""

from tests.reference_engine.feedback import Feedback
from tests.reference_engine.rules import OTHER_FORMULAS, Formulas
from tests.reference_engine.run import EVENTS, FLOWS, Answer, reference

__all__ = ["EVENTS", "FLOWS", "OTHER_FORMULAS", "Answer", "Feedback", "Formulas", "reference"]
