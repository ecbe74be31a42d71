"""The smallest web service that can be delivered."""

from flask import Flask

app = Flask(__name__)


@app.get("/")
def index() -> str:
    return "Hello from python-pip\n"


@app.get("/healthz")
def health() -> str:
    return "ok\n"
