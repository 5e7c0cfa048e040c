"""What is known of a country: dated, cited inputs, people, targets and scenarios, read from a folder and checked."""

from tumen.case.check import Report, check
from tumen.case.country import Case, case_of, how_to_load
from tumen.case.distributions import Distribution, distribution
from tumen.case.error_models import ErrorModel
from tumen.case.inputs import Dated, Input, Variant
from tumen.case.load import load, shipped
from tumen.case.manifest import History, Province, Reference, SocialClass
from tumen.case.models import POLICIES
from tumen.case.priors import Move, Prior
from tumen.case.register import SexedInput
from tumen.case.scenario import Change, Scenario
from tumen.case.series import Provenance, Segment, Series
from tumen.case.settings import Amendment, ParameterSet
from tumen.case.vocabulary import SEXES, STATUSES, VOCABULARY, ParameterSpec
from tumen.case.world import World
from tumen.errors import CaseError, Problem, nearest, suggestion

__all__ = [
    "POLICIES", "SEXES", "STATUSES", "VOCABULARY", "Amendment", "Case", "CaseError", "Change", "Dated",
    "Distribution", "ErrorModel", "History", "Input", "Move", "ParameterSet", "ParameterSpec", "Prior", "Problem",
    "Provenance", "Province", "Reference", "Report", "Scenario", "Segment", "Series", "SexedInput", "SocialClass",
    "Variant", "World", "case_of", "check", "distribution", "how_to_load", "load", "nearest", "shipped", "suggestion",
]  # fmt: skip
