import os

os.environ["SECRET_KEY"] = "only-for-the-test"
os.environ["DJANGO_SETTINGS_MODULE"] = "site_config.settings"


def test_health() -> None:
    import django
    from django.test import Client

    django.setup()
    assert Client().get("/healthz").status_code == 200
