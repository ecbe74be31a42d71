from django.http import HttpRequest, HttpResponse
from django.urls import path


def index(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("Hello from python-poetry\n", content_type="text/plain")


def health(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


urlpatterns = [path("", index), path("healthz", health)]
