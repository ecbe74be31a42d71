"""A repository with two services, shop and api, as a workspace: for any CI system, in both modes."""

from pathlib import Path

from gitopsgen.compiler import generate
from tests.trees import write_tree

SYSTEMS = ("github-actions", "gitlab-ci", "circleci", "buildkite", "jenkins")
SERVICES = ("api", "shop")
WORKSPACE = """\
apiVersion: gitopsgen/v1
services: [services/*]
defaults:
  mode: %(mode)s
  repository: %(repository)s
  port: 3000
  runtime: {name: node, test: npm test}
  ci: %(ci)s
"""
CLUSTER = "  cluster: {type: kubeconfig}\n"
EKS = "  cluster: {type: eks, name: prod, region: eu-west-1}\n"
ENVIRONMENTS = """\
environments:
  staging: {namespace: %(name)s-staging, promotion: %(first)s}
  production: {namespace: %(name)s, promotion: approval}
"""
SPEC = "apiVersion: gitopsgen/v1\nname: %(name)s\nimage: docker.io/acme/%(name)s\n" + ENVIRONMENTS


def lay_out(root: Path, ci: str, mode: str, first: str = "auto", more: str = "", cluster: str = CLUSTER) -> Path:
    """Write the specs of a workspace, and compile them; `more` are further lines of the defaults."""
    host = "gitlab.com" if ci == "gitlab-ci" else "github.com"
    known = {"ci": ci, "mode": mode, "repository": f"https://{host}/acme/mono.git", "first": first}
    files = {"gitopsgen.workspace.yaml": WORKSPACE % known + (cluster if mode == "push" else "") + more}
    for name in SERVICES:
        folder = f"services/{name}"
        files[f"{folder}/gitopsgen.yaml"] = SPEC % {**known, "name": name}
        files |= {f"{folder}/{file}": "{}\n" for file in ("package.json", "package-lock.json")}
    write_tree(root, files)
    outcome = generate(str(root))
    assert outcome.exit_code == 0, outcome.diagnostics
    return root
