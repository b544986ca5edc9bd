"""The example examples/imported with PyTorch and Torch-Pruning, with the loops of results/reference.

python imported_peer.py whole PATH.onnx WIDTH EPOCHS THREADS: trains, prunes to half, distils, writes; prints seconds of each step, and accuracies.
python imported_peer.py run PATH.onnx THREADS: what onnxruntime makes of a file, on the test split.
"""

import copy
import json
import sys
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "results/reference"), str(ROOT / "examples/imported")]


def whole(path, width, epochs, threads):
    import torch
    import torch_pruning
    import train as loops
    from data import digits
    from distill import kd
    from resnet18 import ResNet18

    torch.set_num_threads(threads)
    loops.BATCH = 128
    seconds = {}

    def step(name, work):
        start = perf_counter()
        made = work()
        seconds[name] = seconds.get(name, 0) + perf_counter() - start
        return made

    def begin():
        torch.manual_seed(0)
        return ResNet18(width, 1, 10)

    def pruned(net):
        example = torch.zeros(2, 1, 28, 28)
        before, _ = torch_pruning.utils.count_ops_and_params(net, example)
        importance = torch_pruning.importance.MagnitudeImportance(p=1)
        torch_pruning.pruner.BasePruner(net, example, importance, pruning_ratio=0.3, ignored_layers=[net.fc]).step()
        after, _ = torch_pruning.utils.count_ops_and_params(net, example)
        return after / before

    def write(net):
        net.eval()
        names = {"input_names": ["input"], "output_names": ["logits"], "dynamic_axes": {"input": {0: "batch"}, "logits": {0: "batch"}}}
        torch.onnx.export(net, (torch.zeros(2, 1, 28, 28),), path, dynamo=False, opset_version=17, **names)

    data = step("data", digits)
    net = step("bring in", begin)
    recipe = loops.Recipe(0.02, epochs)
    step("train", lambda: loops.train(net, data, recipe, 0))
    teacher = copy.deepcopy(net)
    dense = step("evaluate", lambda: loops.measure(teacher, data.test))
    macs = step("prune and shrink", lambda: pruned(net))
    step("distil", lambda: loops.train(net, data, recipe.at(0.02, 1), 0, loss=kd([teacher], data.train)))
    slim = step("evaluate", lambda: loops.measure(net, data.test))
    step("write ONNX", lambda: write(net))
    print(json.dumps({"seconds": seconds, "macs": macs, "dense": dense.accuracy, "slim": slim.accuracy}))


def run(path, threads):
    import onnxruntime
    from data import digits

    test = digits().test
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    images = test.images.numpy()
    session.run(None, {"input": images[:1]})
    start = perf_counter()
    (logits,) = session.run(None, {"input": images})
    took = perf_counter() - start
    print(json.dumps({"seconds": took, "accuracy": float((logits.argmax(1) == test.labels.numpy()).mean())}))


if sys.argv[1] == "whole":
    whole(sys.argv[2], *map(int, sys.argv[3:6]))
else:
    run(sys.argv[2], int(sys.argv[3]))
