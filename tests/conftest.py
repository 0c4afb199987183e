"""What all tests share: the option that rewrites expected output, and hypothesis with a fixed seed."""

import os

import pytest
from hypothesis import HealthCheck, settings

# `ci` finds the same examples every time; HYPOTHESIS_PROFILE=search looks for new ones, and for longer.
settings.register_profile("ci", derandomize=True, database=None, deadline=None, max_examples=150)
settings.register_profile("search", deadline=None, max_examples=5000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_addoption(parser):
    parser.addoption(
        "--update-transcripts",
        action="store_true",
        help="rewrite the expected output of transcripts and problem files with what acct says now",
    )


@pytest.fixture(scope="session")
def update(request):
    """Whether expected output is rewritten rather than compared."""
    return request.config.getoption("--update-transcripts")
