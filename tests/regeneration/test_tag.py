"""The image that is deployed is CI's: whatever is regenerated, switched, promoted or moved, its tag and digest stay."""

from pathlib import Path

import ryaml

from tests.trees import CLUSTER, PUSH, SMALLEST

from .edits import DEPLOYMENT_TEMPLATE, IMAGE, override
from .project import Project, project

APP_IMAGE = "docker.io/acme/storefront"
IMAGE_TEMPLATE = "workload/kubernetes/overlay/image.yaml"
# To the second by a pull request, and from there to the third by a job that the merge starts.
STAGES = (
    f"{SMALLEST}environments:\n  staging: {{}}\n  uat: {{namespace: storefront-uat}}\n"
    "  production: {namespace: storefront-production, promotion: auto}\n"
)
ENVIRONMENTS = ("staging", "uat", "production")


def delivering(folder: Path, spec: str = SMALLEST) -> Project:
    """Return a repository with a remote, from which CI clones and to which it pushes."""
    shop = project(folder, spec=spec)
    remote = str(folder / "remote.git")
    shop.git("init", "--quiet", "--bare", "--initial-branch=main", remote)
    shop.git("remote", "add", "origin", remote)
    return shop


def push(shop: Project) -> None:
    """Push all that was done."""
    shop.git("add", "--all")
    shop.git("commit", "--quiet", "--allow-empty", "--message", "Change")
    shop.git("push", "--quiet", "origin", "HEAD:main")


def step(shop: Project, script: str, environment: str) -> dict[str, str]:
    """Return the variables that the repository's own workflows give to a script for an environment."""
    for path in sorted((shop.root / ".github/workflows").iterdir()):
        for job in ryaml.loads(path.read_text())["jobs"].values():
            for found in job["steps"]:
                if found.get("run") == f"sh k8s/bin/{script}" and found["env"]["ENVIRONMENT"] == environment:
                    return dict(found["env"])
    raise AssertionError(f"no workflow runs {script} for {environment}")


def ci(shop: Project, script: str, environment: str, **built: str) -> str:
    """Let CI run a script as the workflow says, in a clone of its own; return what it said."""
    variables = {**step(shop, script, environment), **built}
    # There is no host of git here, only git: a person opens the pull request.
    for name in ("GIT_TOKEN", "FORGE"):
        variables.pop(name, None)
    assert not [name for name, text in variables.items() if "${{" in text], variables
    clone = Project(shop.root.parent / f"ci-{len(list(shop.root.parent.iterdir()))}", shop.home)
    shop.git("clone", "--quiet", str(shop.root.parent / "remote.git"), str(clone.root))
    clone.environment |= variables
    ran = clone.sh("sh", f"k8s/bin/{script}")
    assert ran.code == 0, ran
    shop.git("pull", "--quiet", "--rebase", "origin", "main")
    return ran.out + ran.err


def built(shop: Project, number: int) -> tuple[dict[str, str], tuple[str, str]]:
    """Push a commit; return what CI knows of the image that it builds from it, and the tag and digest."""
    push(shop)
    tag, digest = f"sha-{number:07}", f"sha256:{number:064x}"
    return {"TAG": tag, "DIGEST": digest, "REVISION": shop.git("rev-parse", "HEAD").strip()}, (tag, digest)


def build(shop: Project, number: int, environment: str = "production") -> tuple[str, str]:
    """Push a commit and let CI record its image, with the scripts of the repository itself."""
    variables, image = built(shop, number)
    ci(shop, "bump.sh", environment, **variables)
    runs(shop, *image, environment)
    return image


def runs(shop: Project, tag: str, digest: str, environment: str = "production") -> None:
    text = shop.read(image_file(environment))
    assert f'newTag: "{tag}"' in text
    assert f"digest: {digest}" in text


def image_file(environment: str) -> str:
    return IMAGE.replace("production", environment)


def test_the_tag_is_always_the_one_of_ci(tmp_path: Path) -> None:
    shop = delivering(tmp_path)
    first = build(shop, 1)
    assert shop.check() == 0, "what CI does is no drift"
    shop.edit("gitopsgen.yaml", "port: 3000", "port: 3001")
    shop.generate()
    runs(shop, *first)
    override(shop, DEPLOYMENT_TEMPLATE, "minReadySeconds: 5", "minReadySeconds: 6")
    override(shop, IMAGE_TEMPLATE, "---\n", "---\n# Another default.\n")
    shop.generate()
    runs(shop, *first)
    second = build(shop, 2)
    assert shop.check() == 0
    shop.write("gitopsgen.yaml", PUSH)
    shop.generate()
    runs(shop, *second)
    shop.write("gitopsgen.yaml", SMALLEST)
    shop.generate()
    runs(shop, *second)
    third = build(shop, 3)
    shop.edit("gitopsgen.yaml", "port: 3000", "port: 3000\nreplicas: 4")
    shop.generate("--keep", IMAGE)
    runs(shop, *third)
    assert shop.verdicts() == {}


def test_what_is_promoted_stays_too(tmp_path: Path) -> None:
    """Three environments: CI bumps, a person merges, CI promotes; between any two of them somebody regenerates."""
    shop = delivering(tmp_path, STAGES)
    stand_in = shop.read(image_file("uat"))
    first = build(shop, 1, "staging")
    regenerate(shop, "port: 3000", "port: 3001")
    assert shop.read(image_file("uat")) == stand_in, "nothing was promoted yet"
    override(shop, DEPLOYMENT_TEMPLATE, "minReadySeconds: 5", "minReadySeconds: 6")
    override(shop, IMAGE_TEMPLATE, "---\n", "---\n# Another default.\n")
    regenerate(shop)
    runs(shop, *first, "staging")
    second = propose_and_merge(shop, 2)
    regenerate(shop, "port: 3001", "port: 3002")
    push(shop)
    assert "nothing to promote" not in ci(shop, "promote.sh", "production")
    runs(shop, *second)
    pulled = shop.read("gitopsgen.yaml")
    regenerate(shop, pulled, pulled.replace("mode: pull", "mode: push") + CLUSTER)
    regenerate(shop, shop.read("gitopsgen.yaml"), pulled)
    for environment, image in (("staging", first), ("uat", second), ("production", second)):
        runs(shop, *image, environment)
    third = build(shop, 3, "staging")
    runs(shop, *third, "staging")
    push(shop)
    assert "already" in ci(shop, "promote.sh", "production")
    regenerate(shop, "port: 3002", "port: 3003")
    runs(shop, *second, "uat")
    runs(shop, *second)


def propose_and_merge(shop: Project, number: int) -> tuple[str, str]:
    """Let CI propose an image for the second environment, and merge it as a person would."""
    variables, image = built(shop, number)
    assert "Open a pull request" in ci(shop, "propose.sh", "uat", **variables)
    before = shop.read(image_file("uat"))
    shop.edit("gitopsgen.yaml", "runtime: node", "replicas: 3\nruntime: node")
    shop.generate()
    assert shop.read(image_file("uat")) == before, "a proposal is not deployed"
    shop.commit()
    shop.git("fetch", "--quiet", "origin", "promote/storefront/uat")
    shop.git("merge", "--quiet", "--no-edit", "FETCH_HEAD")
    assert shop.check() == 0, "what CI proposed and a person merged is no drift"
    runs(shop, *image, "uat")
    return image


def regenerate(shop: Project, old: str = "", new: str = "") -> None:
    """Change the spec and generate; the files with the images stay as they are, byte for byte."""
    before = {environment: shop.read(image_file(environment)) for environment in ENVIRONMENTS}
    deployed = {environment: text for environment, text in before.items() if "# revision: " in text}
    assert deployed, "a story about images needs one"
    assert shop.check() in (0, 1), "what CI does is never a conflict"
    shop.edit("gitopsgen.yaml", old, new)
    shop.generate()
    assert {environment: shop.read(image_file(environment)) for environment in deployed} == deployed


def test_until_the_first_build_the_stand_in_follows_the_spec(tmp_path: Path) -> None:
    shop = project(tmp_path)
    assert "newTag: none" in shop.read(IMAGE).replace('"', "")
    shop.edit("gitopsgen.yaml", APP_IMAGE, "docker.io/acme/other")
    shop.generate()
    assert "newName: docker.io/acme/other" in shop.read(IMAGE)


def test_two_people_and_ci_at_once(tmp_path: Path) -> None:
    """CI records an image while somebody regenerates on a branch: git merges, and the tag is that of CI."""
    shop = delivering(tmp_path)
    shop.git("checkout", "--quiet", "-b", "work")
    shop.edit("gitopsgen.yaml", "port: 3000", "port: 3001")
    shop.generate()
    shop.commit("Work")
    shop.git("checkout", "--quiet", "main")
    tag, digest = build(shop, 1)
    shop.git("merge", "--quiet", "--no-edit", "work")
    runs(shop, tag, digest)
    assert shop.check() == 0
