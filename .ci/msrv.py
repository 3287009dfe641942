"""Compares the Rust version that this crate promises with those that its dependencies ask for.

Dependencies of tests and examples may ask for more. Reads the manifests only, so it needs no old toolchain.
"""

import json
import subprocess
import sys


def version(text):
    return tuple(int(part) for part in (text.split(".") + ["0", "0"])[:3])


command = ["cargo", "metadata", "--format-version", "1", "--all-features", "--locked"]
metadata = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
packages = {package["id"]: package for package in metadata["packages"]}
nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
root = metadata["resolve"]["root"]

reached, waiting = set(), [root]
while waiting:
    package = waiting.pop()
    if package in reached:
        continue
    reached.add(package)
    for dependency in nodes[package]["deps"]:
        if any(kind["kind"] in (None, "build") for kind in dependency["dep_kinds"]):
            waiting.append(dependency["pkg"])

promised = packages[root]["rust_version"]
demands = [packages[package] for package in reached if packages[package]["rust_version"]]
too_new = [one for one in demands if version(one["rust_version"]) > version(promised)]
for one in too_new:
    print(f"{one['name']} {one['version']} needs Rust {one['rust_version']}", file=sys.stderr)
if too_new:
    sys.exit(f"the manifest promises Rust {promised}")
highest = max((one["rust_version"] for one in demands if one["id"] != root), key=version)
print(f"Rust {promised} is promised, {highest} is needed by {len(reached) - 1} dependencies")
