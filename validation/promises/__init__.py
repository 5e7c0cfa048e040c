"""The checks, one file a promise. Each has ID, SMALL and FULL sizes, and check(size) -> Row."""

from validation.promises import (
    both_keys,
    cadence,
    conserved,
    dated_values,
    declared_sex,
    monotone,
    newcomers,
    partitions,
    probabilities,
    same_bytes,
    sampled,
    sourced,
    stocks,
    untouched,
)

CHECKS = (
    same_bytes,
    partitions,
    untouched,
    newcomers,
    conserved,
    sampled,
    cadence,
    stocks,
    probabilities,
    monotone,
    declared_sex,
    both_keys,
    dated_values,
    sourced,
)
