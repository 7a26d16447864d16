"""Masked URLs: no part of a password is shown, wherever a URL is misread; all else stays readable."""

import pytest

from schemas.masked_urls import mask_urls, masked_url

PASSWORDS = (
    "s3cret",
    "s3@cret",
    "s3/cret",
    "s3#cret",
    "s3?cret",
    "s3:cret",
    "s3%40cret",
    "@s3cret",
    "12/s3cret",
    "s3[cret",
)
URLS = (
    "postgresql://app:{}@db.example.com:5432/orders",
    "postgresql+psycopg://app:{}@db.example.com/orders?sslmode=require",
    "postgresql://db.example.com/orders?user=app&password={}",
    "postgresql://db.example.com/orders?password={}&target=a@b",
    "amqp://app:{}@rabbit.example.com:5672/shop",
    "amqps://app:{}@one.example.com;amqps://app:{}@two.example.com",
    "https://app:{}@shop.example.com/rest/V1/orders",
    "redis://:{}@cache.example.com",
    "odd/scheme://app:{}@host",
)


@pytest.mark.parametrize("password", PASSWORDS)
@pytest.mark.parametrize("url", URLS)
def test_no_part_of_a_password_is_shown(url: str, password: str) -> None:
    given = url.replace("{}", password)
    for shown in (masked_url(given), mask_urls(f'cannot connect to "{given}": refused'), mask_urls(given)):
        assert "s3" not in shown
        assert "cret" not in shown


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://app:pw@db:5432/orders", "postgresql://app:***@db:5432/orders"),
        ("postgresql://app:pw@db/orders?sslmode=require", "postgresql://app:***@db/orders?..."),
        ("postgresql://app:pw@one:5432,two:5433/orders", "postgresql://app:***@one:5432,two:5433/orders"),
        ("postgresql://app:pw@[::1]:5432/orders", "postgresql://app:***@[::1]:5432/orders"),
        ("postgresql://app@db/orders", "postgresql://app@db/orders"),
        ("postgresql:///orders?host=/run/postgresql", "postgresql:///orders?..."),
        ("sqlite:////srv/a@b/crossdock.db", "sqlite:////srv/a@b/crossdock.db"),
        ("memory://", "memory://"),
        ("app:pw@db", "***"),
    ],
)
def test_parts_without_a_secret_stay_readable(url: str, shown: str) -> None:
    assert masked_url(url) == shown


@pytest.mark.parametrize(
    "text",
    ["See https://example.com/docs?page=2#top.", "Refused by buyer@example.com at 12:30.", "a://", "://b@c"],
)
def test_a_text_without_an_account_in_a_url_stays_as_it_is(text: str) -> None:
    assert mask_urls(text) == text
