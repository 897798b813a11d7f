"""The encoders as ONNX, by way of tf2onnx."""

import os
import tempfile

from keras_sensorlm.export.encoders import encoder_functions
from keras_sensorlm.export.encoders import write_beside

_OPSET = 18
# In the names of operations: the layers that read numbers as they are.
_READ_VALUES = ("/patch_embedding", "/number_embedding")


def write_onnx(preset, folder, int8=False):
    """Writes `sensor_encoder.onnx`, `text_encoder.onnx` and what they need.

    Args:
        preset: `SensorLMPreset`.
        folder: path. An empty folder.
        int8: bool. Whether weights become 8-bit integers, with activations
            quantised as they come (ONNX Runtime's dynamic quantisation).
            Defaults to `False`.

    Raises:
        ImportError: if tf2onnx, or for `int8` onnxruntime, is missing.
    """
    _require(int8)
    for name, function in encoder_functions(preset).items():
        path = os.path.join(folder, f"{name}.onnx")
        if int8:
            _write_int8(function, path)
        else:
            _convert(function, path)
    write_beside(preset, folder)


def _require(int8):
    try:
        import tf2onnx  # noqa: F401

        if int8:
            import onnxruntime.quantization  # noqa: F401
    except ImportError as error:
        raise ImportError(
            f'ONNX files need `pip install "keras-sensorlm[onnx]"`: {error}'
        ) from None


def _convert(function, path):
    import tf2onnx

    tf2onnx.convert.from_function(
        function,
        input_signature=function.input_signature,
        opset=_OPSET,
        custom_op_handlers={"SelectV2": (_select, [])},
        output_path=path,
    )


def _select(context, node, name, arguments):
    """`tf.where` as ONNX's `Where`.

    tf2onnx would write it as `condition * a + not condition * b`, and NaN,
    which is what days are full of, times 0 is NaN.
    """
    node.type = "Where"
    return node


def _write_int8(function, path):
    from onnxruntime.quantization import QuantType
    from onnxruntime.quantization import quantize_dynamic

    with tempfile.TemporaryDirectory() as folder:
        whole = os.path.join(folder, "whole.onnx")
        _convert(function, whole)
        quantize_dynamic(
            whole,
            path,
            per_channel=True,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=_kept_whole(whole),
        )


def _kept_whole(path):
    """Names of the products that stay in float32.

    Those that read a day's values or a text's numbers, since ONNX Runtime
    quantises with one range for the whole batch: a single value far from the
    mean coarsens everybody's. And those with a stack of matrices, for which it
    has no 8-bit product with a scale for each column.
    """
    import onnx

    graph = onnx.load(path).graph
    ranks = {tensor.name: len(tensor.dims) for tensor in graph.initializer}
    return [
        node.name
        for node in graph.node
        if node.op_type == "MatMul"
        and (
            any(layer in node.name for layer in _READ_VALUES)
            or ranks.get(node.input[1], 2) != 2
        )
    ]
