"""The size of the bundle that every phase runs from, in all and by what is in it.

python -m tests.bench.bench_bundle_size
"""

import sys
import time
import zipfile
from collections import Counter

from infra.bundling import AWS, Target, handlers_bundle

LIMIT_MB = 8
HOST = Target(f"{sys.version_info.major}.{sys.version_info.minor}", None)


def main() -> None:
    for name, target in (("AWS, arm64", AWS), ("this host", HOST)):
        began = time.perf_counter()
        bundle = handlers_bundle(target)
        seconds = time.perf_counter() - began
        zipped, whole = Counter[str](), Counter[str]()
        with zipfile.ZipFile(bundle.path) as archive:
            for entry in archive.infolist():
                part = entry.filename.split("/")[0].split("-")[0].removesuffix(".py")
                zipped[part] += entry.compress_size
                whole[part] += entry.file_size
        size = bundle.path.stat().st_size / 1e6
        print(f"\n{name} (Python {target.python}): {size:.2f} MB of {LIMIT_MB}, {seconds:.2f} s")
        print(f"{'':24}{'zipped kB':>12}{'unzipped kB':>14}")
        for part, count in zipped.most_common():
            print(f"{part:24}{count / 1e3:12,.0f}{whole[part] / 1e3:14,.0f}")
        if target is AWS and size >= LIMIT_MB:
            sys.exit(f"the bundle has {size:.2f} MB; the limit is {LIMIT_MB}")


if __name__ == "__main__":
    main()
