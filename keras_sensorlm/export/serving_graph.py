"""`ServingGraph`: raw days and plain words in, answers out, in TensorFlow.

Every check here looks at shapes alone. A server joins the requests of several
clients into one batch, and an error about one client's values would be
everybody's: what is odd about a row changes that row's answer only.
"""

import tensorflow as tf

from keras_sensorlm.export.caption_graph import CaptionGraph
from keras_sensorlm.export.label_graph import distinct
from keras_sensorlm.export.label_graph import label_probabilities
from keras_sensorlm.models.zero_shot_classifier import TEMPLATES

# Beyond this nothing is measured; see `request_values.MISSING`.
_LARGEST = 1e29
# What stands in a signature for an input that is left out.
_NO_PROMPT = tf.constant([""])
_NO_LENGTH = tf.constant([0])


class ServingGraph:
    """What a served model computes, from raw inputs to answers.

    The methods take and return TensorFlow tensors and are meant to be traced:
    normalisation, masks, the tokenizer, the prompt templates and the loop
    that writes captions all become part of the graph.

    Args:
        preset: `SensorLMPreset`.
        templates: sequence of str. Sentences with a `{}` for the label, over
            which `classify` averages. Defaults to
            `keras_sensorlm.models.zero_shot_classifier.TEMPLATES`.

    Raises:
        ValueError: if a template has no place for the label.
    """

    def __init__(self, preset, templates=TEMPLATES):
        self.backbone = preset.backbone
        self.preprocessor = preset.preprocessor
        self.templates = tuple(templates)
        if not templates or any(t.count("{}") != 1 for t in templates):
            raise ValueError(
                "Each of `templates` should hold one '{}' for the label. "
                f"Received: templates={templates}"
            )
        converter = self.preprocessor.sensor_converter
        encoder = self.backbone.sensor_encoder
        self.day_shape = (encoder.num_minutes, len(converter.features))
        self.writer = None
        if self.backbone.decoder is not None:
            self.writer = CaptionGraph(self.backbone, self.preprocessor)

    def signatures(self):
        """The functions to export.

        Returns:
            Dict of a signature's name to its function and the list of
            `tf.TensorSpec` of its inputs, named. What the model was not
            trained for is not in it.
        """
        sensors = tf.TensorSpec((None, *self.day_shape), tf.float32, "sensors")
        embed = (self.embed_sensors, [sensors])
        found = {"serving_default": embed, "embed_sensors": embed}
        if self.backbone.text_head is not None:
            texts = tf.TensorSpec((None,), tf.string, "texts")
            labels = tf.TensorSpec((None, None), tf.string, "labels")
            found["embed_text"] = (self.embed_text, [texts])
            found["classify"] = (self.classify, [sensors, labels])
        if self.writer is not None:
            prompts = tf.TensorSpec((None,), tf.string, "prompts")
            length = tf.TensorSpec((None,), tf.int32, "max_length")
            found["caption"] = (self.caption, [sensors, prompts, length])
        return found

    def embed_sensors(self, sensors):
        """Days to embeddings of unit length."""
        return {"embeddings": self.encode_days(self._days(sensors))}

    def embed_text(self, texts):
        """Texts to embeddings of unit length."""
        texts = _checked(texts, "texts", (None,))
        return {"embeddings": self.encode_texts(texts)}

    def classify(self, sensors, labels):
        """How well each label of its row fits each day."""
        days = self.encode_days(self._days(sensors))
        labels = _checked(labels, "labels", (None, None))
        shape = (tf.shape(days)[0], tf.shape(labels)[1])
        labels = tf.broadcast_to(labels, shape)
        names, index = distinct(labels)
        texts = tf.gather(self._encode_labels(names), index)
        scores = tf.einsum("nd,nmd->nm", days, texts)
        scale, bias = self.backbone.contrastive_scale(tf.zeros((1,)))
        logits = scores * scale + bias
        given = labels != ""
        answers = {
            "probabilities": label_probabilities(logits, index, given),
            "scores": tf.where(given, scores, 0.0),
        }
        if self.backbone.contrastive == "sigmoid":
            each = tf.where(given, tf.sigmoid(logits), 0.0)
            answers["match_probabilities"] = each
        return answers

    def caption(self, sensors, prompts=_NO_PROMPT, max_length=_NO_LENGTH):
        """Days to captions, written greedily."""
        days = self._days(sensors)
        rows = (tf.shape(days)[0],)
        prompts = _checked(prompts, "prompts", (None,))
        max_length = _checked(max_length, "max_length", (None,))
        captions = self.writer.write(
            days,
            tf.broadcast_to(prompts, rows),
            tf.broadcast_to(max_length, rows),
        )
        return {"captions": captions}

    def read_days(self, sensors):
        """Raw days, the sentinel understood, normalised.

        Args:
            sensors: float32 tensor `(batch, minutes, features)`.

        Returns:
            Tensor of that shape for the backbone, NaN for missing.
        """
        nothing = tf.constant(float("nan"))
        sensors = tf.where(tf.abs(sensors) < _LARGEST, sensors, nothing)
        return self.preprocessor.sensor_converter(sensors)

    def encode_days(self, days):
        """Embeddings of what `read_days` returned."""
        return self.backbone.encode_sensors(days)

    def encode_texts(self, texts):
        """Embeddings of a string tensor `(batch,)`."""
        x = self.preprocessor({"text": texts})
        ids, mask = x["token_ids"], x["padding_mask"]
        if not self.backbone.reads_text_padding:
            longest = tf.reduce_max(tf.reduce_sum(mask, axis=1))
            # The most of no texts at all is below nothing.
            longest = tf.maximum(longest, 1)
            ids, mask = ids[:, :longest], mask[:, :longest]
        return self.backbone.encode_text(ids, mask)

    def _encode_labels(self, names):
        """Embeddings of labels, the mean over templates."""
        halves = [template.split("{}") for template in self.templates]
        sentences = [tf.strings.join([a, names, b]) for a, b in halves]
        embeddings = self.encode_texts(tf.concat(sentences, axis=0))
        shape = (len(halves), tf.shape(names)[0], embeddings.shape[-1])
        means = tf.reduce_mean(tf.reshape(embeddings, shape), axis=0)
        return means / tf.norm(means, axis=1, keepdims=True)

    def _days(self, sensors):
        return self.read_days(
            _checked(sensors, "sensors", (None, *self.day_shape))
        )


def _checked(x, name, shape):
    """`x`, refused when the graph runs if it has not this shape.

    The placeholder hides what the signature promises: TensorFlow would take
    it for granted and drop the check, but a server does not keep it.
    """
    x = tf.raw_ops.PlaceholderWithDefault(input=x, shape=None, name=name)
    return tf.ensure_shape(x, shape)
