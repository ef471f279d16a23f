"""The cache is bounded in bytes, forgets what was used longest ago, and is safe to share."""

import concurrent.futures
import random

import pytest

from tb_deepdebug.cache import BytesCache


def never() -> bytes:
    raise AssertionError("read again")


def test_what_is_held_is_not_read_again() -> None:
    cache = BytesCache(10)
    assert cache.get("a", lambda: b"12345") == b"12345"
    assert cache.get("a", never) == b"12345"
    assert cache.size == 5


def test_what_was_used_longest_ago_goes_first() -> None:
    cache = BytesCache(10)
    cache.get("a", lambda: b"aaaa")
    cache.get("b", lambda: b"bbbb")
    cache.get("a", never)
    cache.get("c", lambda: b"cccc")
    assert cache.get("a", never) == b"aaaa"
    assert cache.get("c", never) == b"cccc"
    assert cache.get("b", lambda: b"again") == b"again"


@pytest.mark.parametrize(
    ("most", "size", "held"), [(10, 10, 10), (10, 11, 0), (0, 1, 0), (0, 0, 0)]
)
def test_a_value_larger_than_the_cache_is_passed_through(most: int, size: int, held: int) -> None:
    cache = BytesCache(most)
    assert cache.get("a", lambda: bytes(size)) == bytes(size)
    assert cache.size == held


def test_a_failed_read_holds_nothing() -> None:
    cache = BytesCache(10)
    with pytest.raises(AssertionError):
        cache.get("a", never)
    assert cache.get("a", lambda: b"fine") == b"fine"


def test_threads_share_it_within_the_bound() -> None:
    cache = BytesCache(1000)

    def use(seed: int) -> bool:
        rng = random.Random(seed)
        keys = [rng.randrange(40) for _ in range(300)]
        return all(cache.get(k, lambda k=k: bytes([k]) * k * 3) == bytes([k]) * k * 3 for k in keys)

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        assert all(pool.map(use, range(32)))
    assert 0 < cache.size <= 1000
