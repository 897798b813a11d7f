"""Asks a SensorLM model that TensorFlow Serving serves, by gRPC or REST.

    pip install "keras-sensorlm[serving]"
    keras-sensorlm export PRESET --out model
    docker run --rm -p 8500:8500 -p 8501:8501 \\
        --mount type=bind,source="$PWD/model",target=/models/sensorlm \\
        -e MODEL_NAME=sensorlm tensorflow/serving \\
        --enable_batching --enable_per_model_batching_parameters
    python examples/serving/client.py classify MY_DATA --labels walk run
    python examples/serving/client.py caption MY_DATA --rest

Without MY_DATA it reads the real day that ships with the library. Where
there is no Docker, `examples/serving/stand_in_server.py` answers the same
requests.
"""

import argparse
import json
import urllib.error
import urllib.request

import numpy as np

from keras_sensorlm.export import MISSING
from keras_sensorlm.export import request_values


class ServingError(RuntimeError):
    """What the server said when it refused a request."""


class Client:
    """The signatures of an exported preset as methods.

    Days are a `SensorDay`, a list of them, or an array `(n, 1440, 26)` in
    physical units with NaN for missing.
    """

    def predict(self, signature, inputs):
        """Sends one request: arrays by name, there and back."""
        raise NotImplementedError

    def embed_sensors(self, days):
        inputs = {"sensors": request_values(days)}
        return self.predict("embed_sensors", inputs)["embeddings"]

    def embed_text(self, texts):
        inputs = {"texts": np.array(texts, dtype=object)}
        return self.predict("embed_text", inputs)["embeddings"]

    def classify(self, days, labels):
        values = request_values(days)
        # A row of labels for each day: so requests can share a batch.
        labels = np.array([labels] * len(values), dtype=object)
        return self.predict("classify", {"sensors": values, "labels": labels})

    def caption(self, days, prompts="", max_length=0):
        values = request_values(days)
        if isinstance(prompts, str):
            prompts = [prompts] * len(values)
        inputs = {
            "sensors": values,
            "prompts": np.array(prompts, dtype=object),
            "max_length": np.full(len(values), max_length, "int32"),
        }
        return self.predict("caption", inputs)["captions"].tolist()


class GrpcClient(Client):
    """By gRPC: half the bytes of JSON, and NaN travels as it is.

    Args:
        address: str. Host and port.
        model: str. The name that the server serves it under.
        timeout: float. Seconds to wait for an answer.
    """

    def __init__(self, address="localhost:8500", model="sensorlm", timeout=60):
        import grpc
        from tensorflow_serving.apis import prediction_service_pb2_grpc as apis

        # Days are large: no limit on a message's size.
        options = [("grpc.max_receive_message_length", -1)]
        self.address = address
        self._channel = grpc.insecure_channel(address, options)
        self._stub = apis.PredictionServiceStub(self._channel)
        self._model = model
        self._timeout = timeout

    def predict(self, signature, inputs):
        import grpc
        import tensorflow as tf

        request = predict_request(self._model, signature, inputs)
        try:
            response = self._stub.Predict(request, self._timeout)
        except grpc.RpcError as error:
            name = error.code().name
            raise ServingError(f"{name}: {error.details()}") from None
        outputs = response.outputs.items()
        return {k: _decoded(tf.make_ndarray(v)) for k, v in outputs}

    def close(self):
        self._channel.close()


class RestClient(Client):
    """By REST, for where gRPC does not pass.

    Args:
        address: str. Host and port.
        model: str. The name that the server serves it under.
        timeout: float. Seconds to wait for an answer.
    """

    def __init__(self, address="localhost:8501", model="sensorlm", timeout=60):
        self._url = f"http://{address}/v1/models/{model}:predict"
        self._timeout = timeout

    def predict(self, signature, inputs):
        body = rest_body(signature, inputs).encode()
        request = urllib.request.Request(
            self._url, body, {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=self._timeout) as file:
                answer = json.load(file)
        except urllib.error.HTTPError as error:
            said = json.load(error).get("error", error.reason)
            raise ServingError(f"{error.code}: {said}") from None
        outputs = answer["outputs"]
        if not isinstance(outputs, dict):
            # The server leaves out the name of an only output.
            outputs = {ONLY_OUTPUT[signature]: outputs}
        return {name: _array(value) for name, value in outputs.items()}

    def close(self):
        pass


ONLY_OUTPUT = {
    "serving_default": "embeddings",
    "embed_sensors": "embeddings",
    "embed_text": "embeddings",
    "caption": "captions",
}


def predict_request(model, signature, inputs):
    """A `PredictRequest` of arrays by name."""
    import tensorflow as tf
    from tensorflow_serving.apis import predict_pb2

    request = predict_pb2.PredictRequest()
    request.model_spec.name = model
    request.model_spec.signature_name = signature
    for name, value in inputs.items():
        request.inputs[name].CopyFrom(tf.make_tensor_proto(value))
    return request


def rest_body(signature, inputs):
    """The JSON of a REST request.

    NaN is no JSON, and the server refuses `null`: what is missing goes as
    the number that the exported graph takes for it.
    """
    lists = {}
    for name, value in inputs.items():
        if value.dtype == np.float32:
            value = np.where(np.isnan(value), np.float32(MISSING), value)
            # As few digits as tell two float32 apart.
            value = np.array([float(str(x)) for x in value.flat]).reshape(
                value.shape
            )
        lists[name] = value.tolist()
    body = {"signature_name": signature, "inputs": lists}
    return json.dumps(body, allow_nan=False)


def read_json_days(path):
    """Days from a JSON file of nested lists, `null` for missing.

    Args:
        path: str or path. `(n, 1440, 26)`, or one day `(1440, 26)`.

    Returns:
        Float32 array `(n, 1440, 26)`, NaN for missing.
    """
    with open(path) as file:
        # NumPy reads None as NaN where it is told that all are numbers.
        return request_values(np.array(json.load(file), dtype="float32"))


def _decoded(array):
    if array.dtype != object:
        return array
    texts = [text.decode() for text in array.flat]
    return np.array(texts, dtype=object).reshape(array.shape)


def _array(value):
    array = np.array(value)
    return array.astype(object if array.dtype.kind == "U" else "float32")


def read(path):
    """Days of a JSON file, or whatever the library's readers know."""
    from keras_sensorlm import read_days
    from keras_sensorlm.sensors.readers import example_day_path

    if path and path.endswith(".json"):
        return read_json_days(path)
    return read_days(path or example_day_path())


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("signature", choices=["embed", "classify", "caption"])
    parser.add_argument("path", nargs="?")
    parser.add_argument("--labels", nargs="+", default=["walk", "sleep"])
    parser.add_argument("--prompt", default="")
    parser.add_argument("--max-length", type=int, default=0)
    parser.add_argument("--rest", action="store_true")
    parser.add_argument("--server", help="host and port")
    parser.add_argument("--model", default="sensorlm")
    args = parser.parse_args()

    kind = RestClient if args.rest else GrpcClient
    address = {"address": args.server} if args.server else {}
    client = kind(model=args.model, **address)
    days = read(args.path)
    if args.signature == "embed":
        print(client.embed_sensors(days))
    elif args.signature == "caption":
        captions = client.caption(days, args.prompt, args.max_length)
        print("\n".join(captions))
    else:
        found = client.classify(days, args.labels)["probabilities"]
        print("  ".join(args.labels))
        for row in found:
            print("  ".join(f"{p:.3f}" for p in row))
    client.close()


if __name__ == "__main__":
    main()
