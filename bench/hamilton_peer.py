"""
Hamilton's time for a graph whose nodes are all in its cache: pairs of a node and one that needs it, as in runtime.ts.

    python hamilton_peer.py NODES FOLDER

Prints the version and the seconds from the imported library to the results; the first time in a folder its cache is filled.
"""
import importlib
import pathlib
import sys
import time
from importlib.metadata import version

from hamilton import driver

nodes, folder = int(sys.argv[1]), pathlib.Path(sys.argv[2])
folder.mkdir(exist_ok=True)
pairs = range(nodes // 2)
source = "".join(
    f"def init_{i}() -> int:\n    return {i}\n\n\ndef evaluate_{i}(init_{i}: int) -> int:\n    return init_{i} + 1\n\n\n" for i in pairs
)
module = folder / f"pairs_{nodes}.py"
if not module.exists():
    module.write_text(source)
sys.path.insert(0, str(folder))

start = time.perf_counter()
graph = importlib.import_module(module.stem)
built = driver.Builder().with_modules(graph).with_cache(path=str(folder / f"cache-{nodes}")).build()
results = built.execute([f"evaluate_{i}" for i in pairs])
seconds = time.perf_counter() - start
assert results[f"evaluate_{pairs[-1]}"] == pairs[-1] + 1
print(version("sf-hamilton"), seconds)
