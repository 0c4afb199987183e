"""acctkit: a command-line accounting toolkit over plain-text journals."""

__version__ = "0.1.0"
