"""The smallest web service that can be delivered."""

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

app = FastAPI()


@app.get("/", response_class=PlainTextResponse)
def index() -> str:
    return "Hello from python-uv\n"


@app.get("/healthz", response_class=PlainTextResponse)
def health() -> str:
    return "ok\n"
