"""The client's messages, by the real protos, against a stand-in server."""

import importlib
import pathlib

import numpy as np
import pytest

from tests.export.presets import LABELS
from tests.export.presets import TEXTS
from tests.export.presets import make_days

pytest.importorskip("tensorflow_serving")
EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples" / "serving"


@pytest.fixture(scope="module")
def examples():
    """The modules of examples/serving by name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(EXAMPLES))
        names = ("client", "load", "stand_in_server")
        yield {name: importlib.import_module(name) for name in names}


@pytest.fixture(scope="module")
def clients(examples, version):
    """A client of each kind, and the stand-in behind them."""
    server, client = examples["stand_in_server"], examples["client"]
    model = server.Model(version.parent)
    grpc_server, grpc_port = server.start_grpc(model)
    rest_server, rest_port = server.start_rest(model)
    yield {
        "grpc": client.GrpcClient(f"localhost:{grpc_port}"),
        "rest": client.RestClient(f"localhost:{rest_port}"),
    }
    grpc_server.stop(None)
    rest_server.shutdown()


@pytest.fixture(params=["grpc", "rest"])
def client(clients, request):
    return clients[request.param]


def test_embeddings(client, preset):
    days = make_days()
    assert np.isnan(days).any()
    np.testing.assert_allclose(
        client.embed_sensors(days), preset.embed_days(days), atol=1e-5
    )
    np.testing.assert_allclose(
        client.embed_text(TEXTS), preset.embed_texts(TEXTS), atol=1e-5
    )


def test_classes_and_captions(client, preset):
    days = make_days()
    found = client.classify(days, LABELS)
    expected = preset.classify(days, LABELS)
    np.testing.assert_allclose(found["probabilities"], expected, atol=1e-5)
    assert found["scores"].shape == (3, 3)
    assert client.caption(days) == preset.caption(days)
    begun = client.caption(days, "the wearer", max_length=9)
    assert begun == preset.caption(days, 9, prompts="the wearer")


def test_optional_inputs_may_be_left_out_through_grpc(clients, preset):
    days = make_days(1)
    found = clients["grpc"].predict("caption", {"sensors": days})
    assert found["captions"].tolist() == preset.caption(days)


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"sensors": make_days(1)[:, :720]}, r"\[1,720,26\].*\[\?,1440,26\]"),
        # As many numbers as one day has.
        ({"sensors": make_days(1).reshape(2, 720, 26)}, r"\[2,720,26\]"),
        ({"sensors": make_days(1)[0]}, r"\[1440,26\]"),
        ({"sensors": make_days(1)[..., :25]}, r"\[1,1440,25\]"),
        ({"texts": np.array(["a walk"], dtype=object)}, "sensors"),
        ({"sensors": np.array([["a walk"]], dtype=object)}, "float"),
    ],
)
def test_wrong_shapes_and_dtypes_are_refused(client, examples, inputs, words):
    error = examples["client"].ServingError
    with pytest.raises(error, match=f"(?s){words}"):
        client.predict("embed_sensors", inputs)
    # And nothing has broken.
    assert client.embed_sensors(make_days(1)).shape == (1, 16)


def test_an_unknown_signature_is_refused(client, examples):
    with pytest.raises(examples["client"].ServingError, match="not found"):
        client.predict("diagnose", {"sensors": make_days(1)})


def test_requests_fit_the_signatures(examples, version):
    """Names, types and shapes, as `saved_model.pb` promises them."""
    import tensorflow as tf
    from tensorflow.core.protobuf import saved_model_pb2

    saved = saved_model_pb2.SavedModel()
    saved.ParseFromString((version / "saved_model.pb").read_bytes())
    signatures = saved.meta_graphs[0].signature_def
    sent = {}

    class Recorder(examples["client"].Client):
        def predict(self, signature, inputs):
            make = examples["client"].predict_request
            sent[signature] = make("sensorlm", signature, inputs)
            raise InterruptedError

    recorder, days = Recorder(), make_days(2)
    for ask in (
        lambda: recorder.embed_sensors(days),
        lambda: recorder.embed_text(TEXTS),
        lambda: recorder.classify(days, LABELS),
        lambda: recorder.caption(days),
    ):
        with pytest.raises(InterruptedError):
            ask()
    assert set(sent) == set(signatures) - {
        "serving_default",
        "__saved_model_init_op",
    }
    for name, request in sent.items():
        promised = signatures[name].inputs
        assert set(request.inputs) == set(promised)
        for key, tensor in request.inputs.items():
            assert tensor.dtype == promised[key].dtype
            shape = tf.TensorShape(promised[key].tensor_shape)
            assert shape[0] is None
            assert shape.is_compatible_with(tensor.tensor_shape)
        method = signatures[name].method_name
        assert method == "tensorflow/serving/predict"
    outputs = {k for s in signatures.values() for k in s.outputs}
    assert {"embeddings", "probabilities", "scores", "captions"} < outputs


def test_warm_up_requests_are_real_messages(version):
    import tensorflow as tf
    from tensorflow_serving.apis import prediction_log_pb2

    path = version / "assets.extra" / "tf_serving_warmup_requests"
    found = {}
    for record in tf.data.TFRecordDataset(str(path)):
        log = prediction_log_pb2.PredictionLog.FromString(record.numpy())
        request = log.predict_log.request
        assert request.model_spec.name == "sensorlm"
        found[request.model_spec.signature_name] = {
            key: tf.make_ndarray(value) for key, value in request.inputs.items()
        }
    assert set(found) == {
        "serving_default",
        "embed_sensors",
        "embed_text",
        "classify",
        "caption",
    }
    day = found["classify"]["sensors"]
    assert day.shape == (1, 1440, 26) and np.isnan(day).any()
    assert found["classify"]["labels"].tolist() == [[b"walk", b"sleep"]]
    assert found["caption"]["max_length"].dtype == np.int32


def test_batching_parameters_are_such(version):
    """Parsed by the server's message, as far as this file uses it."""
    from google.protobuf import descriptor_pb2
    from google.protobuf import descriptor_pool
    from google.protobuf import message_factory
    from google.protobuf import text_format
    from google.protobuf import wrappers_pb2

    file = descriptor_pb2.FileDescriptorProto(
        name="batching.proto",
        syntax="proto3",
        dependency=[wrappers_pb2.DESCRIPTOR.name],
    )
    message = file.message_type.add(name="BatchingParameters")
    names = (
        "max_batch_size batch_timeout_micros max_enqueued_batches "
        "num_batch_threads"
    )
    kind = descriptor_pb2.FieldDescriptorProto
    for number, name in enumerate(names.split(), start=1):
        message.field.add(
            name=name,
            number=number,
            label=kind.LABEL_OPTIONAL,
            type=kind.TYPE_MESSAGE,
            type_name=".google.protobuf.Int64Value",
        )
    message.field.add(
        name="pad_variable_length_inputs",
        number=7,
        label=kind.LABEL_OPTIONAL,
        type=kind.TYPE_BOOL,
    )
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(wrappers_pb2.DESCRIPTOR.serialized_pb)
    pool.Add(file)
    parameters = message_factory.GetMessageClass(
        pool.FindMessageTypeByName("BatchingParameters")
    )()
    text = (version / "batching_params.pbtxt").read_text()
    text_format.Parse(text, parameters)
    assert parameters.max_batch_size.value == 32
    assert parameters.pad_variable_length_inputs


def test_days_with_null_travel_through_json(examples, clients, tmp_path):
    import json

    days = make_days(2)
    lists = [
        [[None if np.isnan(x) else float(x) for x in row] for row in day]
        for day in days
    ]
    path = tmp_path / "days.json"
    path.write_text(json.dumps(lists, allow_nan=False))
    read = examples["client"].read_json_days(path)
    np.testing.assert_array_equal(read, days)
    np.testing.assert_allclose(
        clients["rest"].embed_sensors(read),
        clients["grpc"].embed_sensors(days),
        atol=1e-6,
    )
    # The server itself takes no null: what the client is for.
    body = examples["client"].rest_body("embed_sensors", {"sensors": days})
    assert "NaN" not in body and "null" not in body and "-1e+30" in body


def test_the_load_script_measures(examples, clients):
    load, client = examples["load"], examples["client"]
    times = load.measure(
        lambda: client.GrpcClient(clients["grpc"].address),
        "embed",
        make_days(1),
        clients=2,
        seconds=0.3,
    )
    assert len(times) >= 2 and (times > 0).all()
