"""Token buckets, on a clock of our own."""

from __future__ import annotations

from support.wire.throttle import Bucket, Buckets


def test_so_many_at_once_then_one_at_a_time() -> None:
    bucket = Bucket(capacity=3, per_second=0.5)
    assert [bucket.take(100.0) for _ in range(4)] == [True, True, True, False]
    assert bucket.wait_ms() == 2000
    assert not bucket.take(101.0)
    assert bucket.wait_ms() == 1000
    assert bucket.take(102.0)
    assert not bucket.take(102.0)


def test_rest_fills_a_bucket_to_the_brim_and_no_more() -> None:
    bucket = Bucket(capacity=2, per_second=10)
    assert [bucket.take(1e6) for _ in range(3)] == [True, True, False]


def test_a_clock_that_steps_back_gives_nothing() -> None:
    bucket = Bucket(capacity=1, per_second=1)
    assert bucket.take(50.0)
    assert not bucket.take(10.0)


def test_each_key_has_its_own() -> None:
    buckets = Buckets(capacity=1, per_second=0.1)
    assert [buckets.take(key, 5.0) for key in ("a", "b", "a")] == [0, 0, 10_000]


def test_the_longest_unused_is_forgotten_first() -> None:
    buckets = Buckets(capacity=1, per_second=0.001, size=2)
    for key in ("a", "b", "a", "c"):  # "b" has rested longest
        buckets.take(key, 0.0)
    assert buckets.take("a", 0.0) > 0
    assert buckets.take("b", 0.0) == 0
