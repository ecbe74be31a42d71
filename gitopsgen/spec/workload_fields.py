"""The fields of the app spec that say what runs in the cluster, as a part of its pydantic model."""

from typing import Annotated, Literal

from pydantic import Field

from gitopsgen.spec import patterns
from gitopsgen.spec.workload import (
    Argument,
    Config,
    Expose,
    Migration,
    Model,
    Network,
    Port,
    PortName,
    Replicas,
    Resources,
    Schedule,
    Secret,
    SecretStore,
    ServiceAccount,
    ShortLabel,
    Volume,
)

EnvName = Annotated[str, Field(pattern=patterns.ENV_NAME, max_length=128)]
EnvValue = Annotated[str, Field(pattern=patterns.ENV_VALUE, max_length=32768)]


class WorkloadFields(Model):
    """What runs in the cluster, who can reach it, and what it is given."""

    type: Literal["web", "worker", "cron"] | None = Field(
        None,
        description="web: it answers on a port. worker: it runs all the time and answers nobody. cron: it runs by a "
        "schedule.",
        examples=["worker", "web"],
    )
    schedule: Schedule | None = Field(
        None,
        description="When a cron job runs.",
        examples=["0 3 * * *", {"cron": "@daily", "timeZone": "Europe/Berlin"}],
    )
    port: int | None = Field(
        None,
        ge=1024,
        le=65535,
        description="The TCP port the app listens on; 1024 or more, since the container has no root user.",
        examples=[3000, 8080],
    )
    protocol: Literal["http", "grpc", "tcp"] | None = Field(
        None,
        description="What is spoken on the port. A gRPC app is asked by the gRPC health protocol whether it can serve.",
        examples=["grpc", "http"],
    )
    ports: dict[PortName, Port] | None = Field(
        None,
        max_length=20,
        description="More ports of the container and its Service, by name.",
        examples=[{"metrics": 9090}, {"dns": {"port": 5353, "protocol": "udp"}}],
    )
    health: str | None = Field(
        None,
        pattern=patterns.URL_PATH,
        max_length=128,
        description="HTTP path that answers 200 when the app can serve.",
        examples=["/healthz", "/ready"],
    )
    replicas: Replicas | None = Field(
        None,
        description="How many pods run, or between how many a HorizontalPodAutoscaler chooses.",
        examples=[2, {"min": 2, "max": 6, "cpu": 70}],
    )
    health_command: list[Argument] | None = Field(
        None,
        min_length=1,
        max_length=64,
        description="A command in the container that succeeds when a worker works; one argument a list item.",
        examples=[["node", "health.js"], ["/app/health"]],
    )
    startup: int | None = Field(
        None,
        ge=10,
        le=900,
        description="How many seconds the app may take until it can serve, before it is started again.",
        examples=[60, 180],
    )
    resources: Resources | None = Field(
        None, description="CPU and memory of one replica.", examples=["small", {"cpu": "250m", "memory": "512Mi"}]
    )
    expose: Expose | None = Field(
        None,
        description="Who can reach the app.",
        examples=["cluster", {"type": "http-route", "host": "shop.example.com", "gateway": "public"}],
    )
    env: dict[EnvName, EnvValue] | None = Field(
        None,
        max_length=200,
        description="Environment variables of the container. No secrets: this file is in git.",
        examples=[{"LOG_LEVEL": "info"}, {"LOG_LEVEL": "debug"}],
    )
    config: dict[ShortLabel, Config] | None = Field(
        None,
        max_length=20,
        description="Settings in ConfigMaps, by name.",
        examples=[
            {"app": {"files": ["app.yaml"], "mount": "/etc/app"}},
            {"flags": {"values": {"FEATURE_X": "on"}}},
        ],
    )
    secrets: dict[EnvName, Secret] | None = Field(
        None,
        max_length=100,
        description="Environment variables whose values are kept elsewhere: where, and never the value itself.",
        examples=[{"DATABASE_URL": {"key": "shop/db", "property": "url"}}, {"API_KEY": {"sealed": "shop-api"}}],
    )
    secret_store: SecretStore | None = Field(
        None,
        description="The store that External Secrets reads `secrets` from.",
        examples=["vault", {"name": "vault", "kind": "SecretStore"}],
    )
    volumes: dict[ShortLabel, Volume] | None = Field(
        None,
        max_length=20,
        description="Folders that the app may write to, by name; /tmp is one already.",
        examples=[
            {"cache": {"mount": "/var/cache/app"}},
            {"data": {"type": "claim", "mount": "/data", "size": "10Gi"}},
        ],
    )
    init: list[Argument] | None = Field(
        None,
        min_length=1,
        max_length=64,
        description="A command from the same image that runs in each pod before the app; one argument a list item.",
        examples=[["node", "prepare.js"], ["/app/prepare"]],
    )
    migration: Migration | None = Field(
        None,
        description="A command from the same image that runs once before a new version starts, such as a database "
        "migration.",
        examples=[["node", "migrate.js"], {"command": ["node", "migrate.js"], "minutes": 30}],
    )
    service_account: ServiceAccount | None = Field(
        None,
        description="Who the app is, towards the cloud (workload identity).",
        examples=[{"annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/shop"}}],
    )
    network: Network | None = Field(
        None, description="What the NetworkPolicy lets through beside the usual.", examples=[{"metadata": True}]
    )
