"""Where this machine gets packages from, handed to the package managers in a build: files that are mounted over it.

A generated Dockerfile knows nothing of it, and no layer keeps it. On a machine without any configuration of its own
nothing is mounted.
"""

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

from .store import HOME

_JAVA_CA = "/etc/ssl/certs/java/cacerts"
_CA = "/etc/ssl/certs/ca-certificates.crt"


def _asked(*words: str) -> str:
    """Return the answer of a program of this machine, empty without it."""
    if shutil.which(words[0]) is None:
        return ""
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def _texts() -> dict[str, str]:
    """Return the text of each file by its place in the container."""
    npm = _asked("npm", "config", "get", "registry")
    pip = os.environ.get("PIP_INDEX_URL") or _asked(sys.executable, "-m", "pip", "config", "get", "global.index-url")
    go = os.environ.get("GOPROXY") or _asked("go", "env", "GOPROXY")
    npmrc = f"cafile={_CA}\nfetch-retries=5\n" + (f"registry={npm}\n" if npm.startswith("http") else "")
    # Debian's pip cannot replace packages of Debian, which the image's own pip does not have.
    pip_conf = f"[install]\nignore-installed = true\n[global]\ncert = {_CA}\ntimeout = 120\n" + (
        f"index-url = {pip}\n" if pip else ""
    )
    texts = {
        "/usr/local/etc/npmrc": npmrc,
        "/opt/manager/etc/npmrc": npmrc,
        "/etc/pip.conf": pip_conf,
        "/root/.yarnrc.yml": f"httpsCaFilePath: {_CA}\n"
        + (f"npmRegistryServer: {npm}\n" if npm.startswith("https") else ""),
    }
    texts["/root/.bunfig.toml"] = f'[install]\ncafile = "{_CA}"\n' + (
        f'registry = "{npm}"\n' if npm.startswith("http") else ""
    )
    if go:
        texts["/root/.config/go/env"] = f"GOPROXY={go}\n"
    texts["/etc/uv/uv.toml"] = "system-certs = true\n"
    if pip:
        texts["/etc/uv/uv.toml"] += f'[[index]]\nurl = "{pip}"\ndefault = true\n'
    # The stand-in for Python runs it at every start, where it is.
    texts["/etc/build-start.py"] = f'import os\nos.environ.setdefault("REQUESTS_CA_BUNDLE", "{_CA}")\n'
    homes = {"/root/.m2/settings.xml": ".m2/settings.xml", "/root/.cargo/config.toml": ".cargo/config.toml"}
    for place, name in homes.items():
        path = Path.home() / name
        if path.is_file():
            texts[place] = path.read_text(encoding="utf-8")
    return texts


def certificates() -> list[str]:
    """Return the options of a build that mount the certificates that this machine trusts."""
    trusted = os.environ.get("SSL_CERT_FILE", _CA)
    return ["--volume", f"{trusted}:{_CA}:ro"] if Path(trusted).is_file() else []


@functools.cache
def volumes() -> tuple[str, ...]:
    """Return the options of a build that mount all that this machine knows of indexes, certificates too."""
    found = certificates()
    if Path(_JAVA_CA).is_file():
        found += ["--volume", f"{_JAVA_CA}:{_JAVA_CA}:ro"]
    folder = HOME / "indexes"
    for place, text in _texts().items():
        path = folder / place.strip("/").replace("/", "_")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        found += ["--volume", f"{path}:{place}:ro"]
    return tuple(found)
