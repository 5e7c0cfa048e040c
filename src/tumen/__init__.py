"""A simulator of who leaves a closed country: people, laws, work, money and a border, month by month."""

__version__ = "0.1.0"
