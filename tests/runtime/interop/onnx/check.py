"""Reads what the test wrote into a folder: checks each network.onnx in full, runs it, and prints how far its logits are from those expected."""
import json
import pathlib
import sys

import numpy
import onnx
import onnxruntime

onnxruntime.set_default_logger_severity(3)
found = {}
for file in sorted(pathlib.Path(sys.argv[1]).glob("*.onnx")):
    model = onnx.load(file)
    onnx.checker.check_model(model, full_check=True)
    given = json.loads(file.with_suffix(".json").read_text())
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    kind = session.get_inputs()[0].type
    inputs = numpy.array(given["inputs"], numpy.int64 if kind == "tensor(int64)" else numpy.float32).reshape(given["shape"])
    # The batch is open: three, the last of them the first again.
    (logits,) = session.run(None, {"input": numpy.concatenate([inputs, inputs[:1]])})
    assert numpy.abs(logits[2] - logits[0]).max() < 1e-4 * max(1, numpy.abs(logits).max()), file
    logits = logits[:2]
    expected = numpy.array(given["logits"]).reshape(logits.shape)
    operators = [node.op_type for node in model.graph.node]
    apart = numpy.abs(logits - expected).max() / max(1, numpy.abs(expected).max())
    found[file.stem] = {
        "apart": float(apart),
        "operators": {operator: operators.count(operator) for operator in operators},
        "input": [each.dim_param or each.dim_value for each in model.graph.input[0].type.tensor_type.shape.dim],
        "type": kind,
        "opset": model.opset_import[0].version,
        "metadata": {each.key: each.value for each in model.metadata_props},
    }
print(json.dumps(found))
