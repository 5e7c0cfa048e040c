"""What is known of a country: dated, cited inputs, people, targets and scenarios, read from a folder and checked."""

from tumen.case.check import Report, check
from tumen.case.country import Case
from tumen.case.distributions import Distribution, distribution
from tumen.case.error_models import ErrorModel
from tumen.case.inputs import Dated, Input, Variant
from tumen.case.load import load, shipped
from tumen.case.manifest import History, Klass, Province, Reference
from tumen.case.models import POLICIES
from tumen.case.priors import Move, Prior
from tumen.case.register import SexedInput
from tumen.case.scenario import Change, Scenario
from tumen.case.series import Origin, Piece, Series
from tumen.case.settings import Amendment, ParameterSet
from tumen.case.vocabulary import SEXES, STATUSES, VOCABULARY, Vocable
from tumen.case.world import World
from tumen.errors import CaseError, Problem, nearest, suggestion

__all__ = [
    "POLICIES",
    "SEXES",
    "STATUSES",
    "VOCABULARY",
    "Amendment",
    "Case",
    "CaseError",
    "Change",
    "Dated",
    "Distribution",
    "ErrorModel",
    "History",
    "Input",
    "Klass",
    "Move",
    "Origin",
    "ParameterSet",
    "Piece",
    "Prior",
    "Problem",
    "Province",
    "Reference",
    "Report",
    "Scenario",
    "Series",
    "SexedInput",
    "Variant",
    "Vocable",
    "World",
    "check",
    "distribution",
    "load",
    "nearest",
    "shipped",
    "suggestion",
]
