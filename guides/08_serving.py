"""
Title: Serving
Description: A preset as a SavedModel that needs neither Keras nor this library.
Extras: demo
"""

"""
## Export

`export` writes a versioned folder for TensorFlow Serving. Whatever the
backend, a process with TensorFlow does it. Raw days go in, in physical units
with NaN for missing: normalisation, masks and the tokenizer are inside the
graph.
"""

import pathlib
import subprocess
import sys
import tempfile

import numpy as np

import keras_sensorlm
from keras_sensorlm.sensors.day import stack_days

preset = keras_sensorlm.SensorLMPreset.from_preset("sensorlm_tiny_en")
folder = pathlib.Path(tempfile.mkdtemp()) / "sensorlm"
version = preset.export(folder)
for path in sorted(version.rglob("*")):
    if path.is_file():
        size = path.stat().st_size
        print(f"{path.relative_to(folder)!s:56}{size:>12,} bytes")

"""
## Use it without Keras

A plain process: TensorFlow and TensorFlow Text (for the tokenizer's operations)
and nothing else. What it finds is compared with the preset.
"""

days = keras_sensorlm.read_days(keras_sensorlm.example_day_path())
np.save(folder / "days.npy", stack_days(days))
CLIENT = """
import sys
import numpy as np
import tensorflow as tf
import tensorflow_text

served = tf.saved_model.load(sys.argv[1])
days = tf.constant(np.load(sys.argv[2]))
for name in sorted(served.signatures):
    print(name, sorted(served.signatures[name].structured_outputs))
found = served.signatures["embed_sensors"](sensors=days)["embeddings"]
np.save(sys.argv[3], found.numpy())
labels = tf.constant([["sleep", "run", "sitting"]] * len(days))
answer = served.signatures["classify"](sensors=days, labels=labels)
print(answer["probabilities"].numpy().round(3))
print("keras" in sys.modules, "keras_sensorlm" in sys.modules)
"""
script = folder / "client.py"
script.write_text(CLIENT)
command = [sys.executable, script, version, folder / "days.npy"]
done = subprocess.run(
    [*command, folder / "found.npy"], capture_output=True, text=True
)
print(done.stdout)

"""
The last line says that Keras is in the process (TensorFlow brings it along; the
graph does not use it) and that this library is not. The embeddings are those of
the preset:
"""

found = np.load(folder / "found.npy")
print("largest difference:", np.abs(found - preset.embed_days(days)).max())

"""
## The server

```bash
docker run --rm -p 8500:8500 -p 8501:8501 \\
    --mount type=bind,source="$PWD/sensorlm",target=/models/sensorlm \\
    -e MODEL_NAME=sensorlm tensorflow/serving
```

`guides/serving.md` has the signatures, the batching configuration, missing
values in JSON, and ONNX and LiteRT;
`examples/serving/` has a client for gRPC and REST and a load script.
"""
