"""Which variables look like secrets, and which only talk about them."""

import pytest

from gitopsgen.spec.secret_shapes import why_secret


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TOKEN_TTL", "3600"),
        ("PASSWORD_MIN_LENGTH", "12"),
        ("MAX_TOKENS", "4096"),
        ("SECRET_NAME", "shop-db"),
        ("DB_PASSWORD_FILE", "x"),
        ("TOKEN_URL", "https://id.example.com/token"),
        ("GOOGLE_APPLICATION_CREDENTIALS", "/var/run/secrets/key.json"),
        ("CSRF_TOKEN", "true"),
        ("PWD", "/app"),
        ("SECRETARY", "ann"),
        ("AWS_ACCESS_KEY_ID", "from the pod"),
        ("DATABASE_URL", "postgres://app:$(DB_PASSWORD)@db:5432/shop"),
        ("DATABASE_URL", "postgres://app@db:5432/shop?a=b:c@d"),
        ("MAIL", "shop@example.com"),
        ("SMTP_AUTH", "plain"),
        ("ENABLE_AUTH", "x"),
        ("AUTH", "x"),
        ("PAT", "x"),
        ("TIMES", "10:30"),
        ("PORT", 5),
    ],
)
def test_no_false_alarm(name: str, value: object) -> None:
    assert why_secret(name, value) == ""


@pytest.mark.parametrize(
    "name",
    ["DB_PASS", "jwtSecret", "STRIPE_API_KEY_X", "API_KEY", "TOKEN", "MY_CREDENTIALS", "NPM_AUTH", "NUGET_PAT"],
)
def test_a_name_with_the_words_of_a_secret(name: str) -> None:
    assert why_secret(name, "x") == f'"{name}" looks like a secret'
