"""Writes schemas/gitopsgen.schema.json and schemas/pack.schema.json from the models; `--check` only compares."""

import json
import os
import sys

from gitopsgen.core import assets
from gitopsgen.packs.catalogue import BUILT_IN, Catalogue
from gitopsgen.packs.model import Manifest
from gitopsgen.packs.schema import spec_schema
from gitopsgen.spec.schema import clean


def exported() -> dict[str, str]:
    """Return the text of each exported schema by file name."""
    pack = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "gitopsgen pack",
        **clean(Manifest.model_json_schema(by_alias=True)),
    }
    return {
        "gitopsgen.schema.json": json.dumps(spec_schema(Catalogue((BUILT_IN,))), indent=1) + "\n",
        "pack.schema.json": json.dumps(pack, indent=2) + "\n",
    }


def main() -> int:
    """Write the schemas, or with --check say which are stale and return 1."""
    stale = []
    for name, text in exported().items():
        path = os.path.join(assets.SCHEMAS, name)
        if os.path.exists(path) and assets.read_text(path) == text:
            continue
        stale.append(name)
        if "--check" not in sys.argv:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
    sys.stdout.write("".join(f"{name} {'is stale' if '--check' in sys.argv else 'written'}\n" for name in stale))
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
