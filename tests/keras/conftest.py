"""Names that Keras counts on from test to test begin anew, so that no test depends on another."""

import pytest
from needs import needs


@pytest.fixture(autouse=True)
def names_begin_anew() -> None:
    needs("keras").backend.clear_session(free_memory=False)
