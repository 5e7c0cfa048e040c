"""The checks, one file a promise. Each has ID, SMALL and FULL sizes, and check(size) -> Row."""

from validation.promises import conserved, newcomers, partitions, same_bytes, sampled, stocks, untouched

CHECKS = (same_bytes, partitions, untouched, newcomers, conserved, sampled, stocks)
