"""A stand-in for TensorFlow Serving, in Python, to try clients on.

    python examples/serving/stand_in_server.py model

Speaks the same gRPC messages and the same REST bodies, and runs the newest
version in the folder through the same kind of session as the server does. It
does not batch, watches no folder, and is not for production: run the real one
where you can (see `client.py`).
"""

import argparse
import concurrent.futures
import http.server
import importlib.util
import json
import pathlib
import threading

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import config_pb2
from tensorflow_serving.apis import predict_pb2
from tensorflow_serving.apis import prediction_log_pb2
from tensorflow_serving.apis import prediction_service_pb2_grpc as apis

WARMUP = "assets.extra/tf_serving_warmup_requests"


class BadRequest(ValueError):
    """A request that the server refuses, with its words."""


class Model:
    """The newest version of a model, in a TensorFlow session.

    Args:
        directory: str or path. The model's folder, with numbered versions.
    """

    def __init__(self, directory):
        paths = pathlib.Path(directory).iterdir()
        versions = [path for path in paths if path.name.isdecimal()]
        self.path = max(versions, key=lambda path: int(path.name))
        _load_text_operations()
        graph = tf.Graph()
        self._session = tf.compat.v1.Session(graph=graph)
        with graph.as_default():
            loaded = tf.compat.v1.saved_model.load(
                self._session, ["serve"], str(self.path)
            )
        self.signatures = loaded.signature_def
        self._programs = {}
        self.warm_up()

    def warm_up(self):
        """Plays the requests that the version brought along."""
        path = self.path / WARMUP
        if path.exists():
            for record in tf.data.TFRecordDataset(str(path)):
                log = prediction_log_pb2.PredictionLog()
                log.ParseFromString(record.numpy())
                self.predict(log.predict_log.request)

    def predict(self, request):
        """Answers a `PredictRequest` with a `PredictResponse`."""
        name = request.model_spec.signature_name or "serving_default"
        if name not in self.signatures:
            raise BadRequest(f'Serving signature key "{name}" not found.')
        inputs = {k: tf.make_ndarray(v) for k, v in request.inputs.items()}
        response = predict_pb2.PredictResponse()
        response.model_spec.name = request.model_spec.name
        response.model_spec.signature_name = name
        response.model_spec.version.value = int(self.path.name)
        for key, value in self.run(name, inputs).items():
            response.outputs[key].CopyFrom(tf.make_tensor_proto(value))
        return response

    def run(self, name, inputs):
        """Runs a signature on arrays by name."""
        signature = self.signatures[name]
        known, given = set(signature.inputs), set(inputs)
        missing = known - given - set(signature.defaults)
        if given - known or missing:
            raise BadRequest(
                "input size does not match signature. Sent extra: "
                f"{sorted(given - known)}. Missing but required: "
                f"{sorted(missing)}."
            )
        program = self._program(name, tuple(sorted(given)))
        try:
            values = program(*(inputs[key] for key in sorted(given)))
        except (tf.errors.OpError, ValueError, TypeError) as error:
            raise BadRequest(getattr(error, "message", str(error))) from None
        return dict(zip(sorted(signature.outputs), values))

    def _program(self, name, keys):
        """A callable that runs a signature on arrays of these inputs."""
        if (name, keys) not in self._programs:
            signature = self.signatures[name]
            outputs = signature.outputs
            options = config_pb2.CallableOptions(
                feed=[signature.inputs[key].name for key in keys],
                fetch=[outputs[key].name for key in sorted(outputs)],
            )
            # Not `Session.run`, which compares shapes with the signature's:
            # the server does not, and leaves that to the graph.
            self._programs[name, keys] = (
                self._session._make_callable_from_options(options)
            )
        return self._programs[name, keys]

    def answer_rest(self, body):
        """Answers a REST body in the columnar format."""
        body = json.loads(body)
        name = body.get("signature_name", "serving_default")
        if name not in self.signatures:
            raise BadRequest(f'Serving signature key "{name}" not found.')
        signature = self.signatures[name]
        inputs = body["inputs"]
        if not isinstance(inputs, dict):
            inputs = {next(iter(signature.inputs)): inputs}
        arrays = {}
        for key, info in signature.inputs.items():
            if key not in inputs:
                raise BadRequest(
                    f"Missing named input: {key} in 'inputs' object."
                )
            arrays[key] = _from_json(inputs[key], tf.DType(info.dtype))
        found = self.run(name, arrays)
        outputs = {key: _to_json(value) for key, value in found.items()}
        if len(outputs) == 1:
            # The server leaves out the name of an only output.
            outputs = next(iter(outputs.values()))
        return {"outputs": outputs}


def _load_text_operations():
    """The tokenizers' operations, which the real server has built in."""
    package = importlib.util.find_spec("tensorflow_text").origin
    for path in pathlib.Path(package).parent.glob("python/ops/*.so"):
        tf.load_op_library(str(path))


def _from_json(value, dtype):
    array = np.array(value, dtype=object)
    wanted = str if dtype == tf.string else (int, float)
    for item in array.flat:
        if not isinstance(item, wanted) or isinstance(item, bool):
            raise BadRequest(
                f"JSON Value: {json.dumps(item)} is not of expected type: "
                f"{dtype.name}"
            )
    if dtype == tf.string:
        return array
    return array.astype(dtype.as_numpy_dtype)


def _to_json(value):
    if value.dtype == object:
        return [text.decode() for text in value]
    return value.tolist()


class GrpcService(apis.PredictionServiceServicer):
    """The Predict call of the server's service."""

    def __init__(self, model):
        self._model = model

    def Predict(self, request, context):
        import grpc

        try:
            return self._model.predict(request)
        except BadRequest as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))


def start_grpc(model, port=0):
    """Starts the gRPC side; returns the server and its port."""
    import grpc

    server = grpc.server(
        concurrent.futures.ThreadPoolExecutor(8),
        options=[("grpc.max_receive_message_length", -1)],
    )
    apis.add_PredictionServiceServicer_to_server(GrpcService(model), server)
    port = server.add_insecure_port(f"localhost:{port}")
    server.start()
    return server, port


def start_rest(model, port=0):
    """Starts the REST side in a thread; returns the server and its port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            try:
                self._send(200, model.answer_rest(body))
            except BadRequest as error:
                self._send(400, {"error": str(error)})

        def _send(self, code, answer):
            body = json.dumps(answer).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("localhost", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, server.server_address[1]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("directory")
    parser.add_argument("--port", type=int, default=8500)
    parser.add_argument("--rest-port", type=int, default=8501)
    args = parser.parse_args()
    model = Model(args.directory)
    grpc_server, port = start_grpc(model, args.port)
    _, rest_port = start_rest(model, args.rest_port)
    print(f"{model.path}: gRPC {port}, REST {rest_port}", flush=True)
    grpc_server.wait_for_termination()


if __name__ == "__main__":
    main()
