"""The login scripts, run with stand-ins for the programs of the clouds, which write down how they were called.

What is shown is which program is called with what, and that no secret is an argument or in a file that others can read;
that a cloud would let the job in is not.
"""

import base64
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
FAKE = Path(__file__).parent / "fakes" / "any"
PROGRAMS = ("aws", "az", "gcloud", "gke-gcloud-auth-plugin", "kubectl", "kubelogin", "docker", "curl", "apk")
KUBECONFIG = "apiVersion: v1\nkind: Config\nusers: [{name: ci, user: {token: secret-cluster-token}}]\n"
ENCODED = base64.b64encode(KUBECONFIG.encode()).decode()
TOKEN = {"OIDC_TOKEN": "secret-oidc-token"}
ECR = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
GAR = "europe-west3-docker.pkg.dev"
PROVIDER = "projects/1/locations/global/workloadIdentityPools/gitopsgen/providers/ci"
ACCOUNT = "ci@acme-prod.iam.gserviceaccount.com"

CASES: dict[str, tuple[str, dict[str, str]]] = {
    "eks-oidc": (
        "cluster/eks",
        {**TOKEN, "CLUSTER": "prod", "AWS_REGION": "eu-central-1", "AWS_ROLE_ARN": "arn:aws:iam::1:role/x"},
    ),
    "eks-static": (
        "cluster/eks",
        {"CLUSTER": "prod", "AWS_REGION": "eu-central-1",
         "AWS_ACCESS_KEY_ID": "AKIA1", "AWS_SECRET_ACCESS_KEY": "secret-key"},
    ),
    "gke-oidc": (
        "cluster/gke",
        {**TOKEN, "PROJECT": "acme-prod", "LOCATION": "europe-west3", "CLUSTER": "prod",
         "GCP_WORKLOAD_IDENTITY_PROVIDER": PROVIDER, "GCP_SERVICE_ACCOUNT": ACCOUNT},
    ),
    "gke-static": (
        "cluster/gke",
        {"PROJECT": "acme-prod", "LOCATION": "europe-west3", "CLUSTER": "prod",
         "GCP_SERVICE_ACCOUNT": ACCOUNT, "GCP_SERVICE_ACCOUNT_KEY": '{"private_key": "secret-key"}'},
    ),
    "kubeconfig": ("cluster/kubeconfig", {"KUBECONFIG_BASE64": ENCODED, "KUBE_CONTEXT": "prod"}),
    "acr-oidc": (
        "registry/acr",
        {**TOKEN, "REGISTRY_HOST": "acme.azurecr.io", "AZURE_CLIENT_ID": "app", "AZURE_TENANT_ID": "tenant"},
    ),
    "acr-static": (
        "registry/acr",
        {"REGISTRY_HOST": "acme.azurecr.io", "AZURE_CLIENT_ID": "app", "AZURE_CLIENT_SECRET": "secret-~%$'word"},
    ),
    "ecr-oidc": ("registry/ecr", {**TOKEN, "REGISTRY_HOST": ECR, "AWS_ROLE_ARN": "arn:aws:iam::1:role/x"}),
    "ecr-static": (
        "registry/ecr", {"REGISTRY_HOST": ECR, "AWS_ACCESS_KEY_ID": "AKIA1", "AWS_SECRET_ACCESS_KEY": "secret-key"}
    ),
    "gar-oidc": (
        "registry/gar",
        {**TOKEN, "REGISTRY_HOST": GAR, "GCP_WORKLOAD_IDENTITY_PROVIDER": PROVIDER, "GCP_SERVICE_ACCOUNT": ACCOUNT},
    ),
    "user-and-password": (
        "workload/kubernetes/bin/login-registry.sh",
        {"REGISTRY_HOST": "ghcr.io", "REGISTRY_USER": "app", "REGISTRY_PASSWORD": "secret-~%$'word"},
    ),
    "gar-static": ("registry/gar", {"REGISTRY_HOST": GAR, "GCP_SERVICE_ACCOUNT_KEY": '{"private_key": "secret-key"}'}),
}  # fmt: skip


class Machine(NamedTuple):
    """A job's machine: its home, and what the stand-ins wrote down."""

    home: Path
    log: Path
    path: str

    def log_in(self, case: str, **changes: str) -> subprocess.CompletedProcess[str]:
        pack, variables = CASES[case]
        script = ROOT / "templates" / pack
        environment = {"HOME": str(self.home), "TMPDIR": str(self.home), "PATH": self.path, "FAKE_LOG": str(self.log)}
        return subprocess.run(
            ["sh", str(script if script.is_file() else script / "login.sh")],
            env={**environment, **variables, **changes},
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def calls(self) -> list[str]:
        text = (self.log / "arguments").read_text() if (self.log / "arguments").exists() else ""
        return [" ".join(line.split("\x1f")).strip() for line in text.splitlines()]

    @property
    def input(self) -> str:
        return (self.log / "input").read_text()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return make_machine(tmp_path, PROGRAMS)


def make_machine(root: Path, programs: tuple[str, ...]) -> Machine:
    home, log, bin_ = root / "home", root / "log", root / "bin"
    for folder in (home, log, bin_):
        folder.mkdir()
    for program in programs:
        (bin_ / program).symlink_to(FAKE)
    return Machine(home, log, f"{bin_}:/usr/bin:/bin")


@pytest.mark.parametrize("case", CASES)
def test_no_secret_is_an_argument_or_readable_by_others(machine: Machine, case: str) -> None:
    done = machine.log_in(case)

    assert done.returncode == 0, done.stderr
    assert machine.calls
    assert "secret" not in done.stdout + done.stderr
    arguments = [call for call in machine.calls if "secret-" in call or ENCODED in call]
    assert arguments == []
    kept = [path for path in machine.home.rglob("*") if path.is_file() and "secret-" in path.read_text()]
    assert [path for path in kept if path.stat().st_mode & 0o077] == []
    assert not list(machine.home.glob("tmp.*"))


@pytest.mark.parametrize("case", CASES)
def test_a_second_login_on_the_same_machine_works(machine: Machine, case: str) -> None:
    assert machine.log_in(case).returncode == 0
    done = machine.log_in(case)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("case", CASES)
def test_without_a_proof_nothing_is_called(machine: Machine, case: str) -> None:
    done = machine.log_in(
        case,
        OIDC_TOKEN="",
        **{name: "" for name in CASES[case][1] if "SECRET" in name or "KEY" in name or "64" in name or "PASS" in name},
    )

    assert done.returncode != 0
    assert machine.calls == []


def test_eks_keeps_a_session_for_kubectl_under_a_profile_of_its_own(machine: Machine) -> None:
    machine.log_in("eks-oidc")

    exchange, connect = machine.calls
    assert "--role-arn arn:aws:iam::1:role/x" in exchange and "--web-identity-token file://" in exchange
    assert connect == "aws eks update-kubeconfig --name prod --region eu-central-1 --profile gitopsgen"
    kept = (machine.home / ".aws/config").read_text()
    assert kept.splitlines()[1:] == [
        "[profile gitopsgen]",
        "region = eu-central-1",
        "aws_access_key_id = ASIA1",
        "aws_secret_access_key = secret-session-key",
        "aws_session_token = secret-session-token",
    ]


def test_eks_leaves_somebody_elses_configuration_alone(machine: Machine) -> None:
    (machine.home / ".aws").mkdir()
    (machine.home / ".aws/config").write_text("[default]\nregion = us-east-1\n")

    done = machine.log_in("eks-oidc")

    assert done.returncode == 1 and "set AWS_CONFIG_FILE" in done.stderr
    assert (machine.home / ".aws/config").read_text() == "[default]\nregion = us-east-1\n"
    assert machine.log_in("eks-oidc", AWS_CONFIG_FILE=str(machine.home / "job/aws")).returncode == 0


def test_gke_works_as_the_service_account(machine: Machine) -> None:
    machine.log_in("gke-oidc")

    config, login, connect = machine.calls
    assert config.startswith(
        f"gcloud iam workload-identity-pools create-cred-config {PROVIDER} --service-account={ACCOUNT}"
    )
    assert login.startswith("gcloud auth login --cred-file=")
    assert connect.startswith(
        "gcloud container clusters get-credentials prod --location=europe-west3 --project=acme-prod"
    )


def test_a_kubeconfig_replaces_one_that_others_could_read(machine: Machine) -> None:
    file = machine.home / ".kube/config"
    file.parent.mkdir()
    file.write_text("old")
    file.chmod(0o644)

    machine.log_in("kubeconfig")

    assert file.read_text() == KUBECONFIG and file.stat().st_mode & 0o777 == 0o600
    assert machine.calls == ["kubectl config use-context prod"]


def test_a_missing_kubectl_is_installed_and_its_sum_is_checked(tmp_path: Path) -> None:
    machine = make_machine(tmp_path, ("curl",))
    for tool in ("base64", "cat", "chmod", "cut", "dirname", "mkdir", "rm", "sh", "sha256sum", "uname"):
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool) or "")

    done = machine.log_in("kubeconfig", KUBECTL_VERSION="v1.35.7", KUBE_CONTEXT="", PATH=str(tmp_path / "bin"))

    assert done.returncode == 0, done.stderr
    assert [call.rpartition(" ")[2].rpartition("/")[2] for call in machine.calls] == ["kubectl", "kubectl.sha256"]
    assert "/release/v1.35.7/bin/linux/" in machine.calls[0]


@pytest.mark.parametrize(
    ("case", "user", "password"),
    [
        ("acr-oidc", "00000000-0000-0000-0000-000000000000", "secret-acr-token"),
        ("acr-static", "app", "secret-~%$'word"),
        ("user-and-password", "app", "secret-~%$'word"),
        ("ecr-oidc", "AWS", "secret-ecr-password"),
        ("ecr-static", "AWS", "secret-ecr-password"),
        ("gar-oidc", "oauth2accesstoken", "secret-account-token"),
        ("gar-static", "_json_key", '{"private_key": "secret-key"}'),
    ],
)
def test_docker_gets_the_password_by_a_pipe(machine: Machine, case: str, user: str, password: str) -> None:
    machine.log_in(case)

    host = CASES[case][1]["REGISTRY_HOST"]
    assert machine.calls[-1] == f"docker login --username {user} --password-stdin {host}"
    assert machine.input.splitlines()[-1] == password


def test_the_region_of_amazon_is_that_of_the_registry(machine: Machine) -> None:
    machine.log_in("ecr-oidc")

    assert machine.calls[0] == "aws ecr get-login-password --region eu-central-1"
    assert "secret-oidc-token" in machine.input
