"""`SensorLMSentencePieceTokenizer`: a user's own SentencePiece model."""

from typing import Any

import keras
import keras_hub

from keras_sensorlm.models.backbone import SensorLMBackbone
from keras_sensorlm.models.hub import canonicalize_python_string_inputs
from keras_sensorlm.models.vocabulary import END
from keras_sensorlm.models.vocabulary import PAD


@keras.saving.register_keras_serializable(package="keras_sensorlm")
class SensorLMSentencePieceTokenizer(
    keras_hub.tokenizers.SentencePieceTokenizer
):
    """Text <-> ids by a SentencePiece model, such as the paper's `c4_en`.

    It stands wherever `SensorLMTokenizer` does. Text is lower-cased first, as
    in the released code. Which ids are special is read from the model; where
    it has no start token (as in `c4_en`) its pad token starts a caption, the
    habit of T5, and where it has no pad token its end token pads.

    Args:
        proto: str or bytes. Path of the model, or the model itself. None
            leaves it to be set by a preset's assets.
        pad_token: str. `"[PAD]"`, or `"[EOS]"` for the released SigLIP
            recipe, which pads with the end token. Defaults to `"[PAD]"`.
        **kwargs: `dtype`, `name`.

    Raises:
        ValueError: if the model has no end token.

    Example:

    ```python
    tokenizer = SensorLMSentencePieceTokenizer("c4_en.model")
    preprocessor = keras_sensorlm.models.SensorLMPreprocessor(tokenizer)
    ```
    """

    backbone_cls = SensorLMBackbone

    def __init__(
        self,
        proto: str | bytes | None = None,
        pad_token: str = PAD,
        **kwargs: Any,
    ) -> None:
        if pad_token not in (PAD, END):
            raise ValueError(
                f"`pad_token` should be {PAD!r} or {END!r}. "
                f"Received: pad_token={pad_token!r}"
            )
        self._pad_choice = pad_token
        self._special_token_attrs = [
            "start_token",
            "end_token",
            "pad_token",
            "unknown_token",
        ]
        super().__init__(proto=proto, **kwargs)
        self.built = True  # It has no weights.

    def _update_special_token_ids(self):
        model = self._sentence_piece_spm
        end = model.eos_id()
        if end < 0:
            raise ValueError(
                "The SentencePiece model should have an end token: train it "
                "with `eos_id` set."
            )
        pad = model.pad_id()
        if pad < 0 or self._pad_choice == END:
            pad = end
        start = model.bos_id()
        if start < 0:
            start = model.pad_id() if model.pad_id() >= 0 else end
        ids = (start, end, pad, model.unk_id())
        for name, value in zip(self._special_token_attrs, ids):
            setattr(self, f"{name}_id", value)
            setattr(self, name, model.IdToPiece(value))

    def _maybe_initialized_tf(self):
        """Makes the TensorFlow operation anew where it has died.

        `keras.utils.set_random_seed` destroys the operation's resource
        (tensorflow/text#570), and a pipeline built afterwards would fail.
        """
        import tensorflow as tf

        super()._maybe_initialized_tf()
        with tf.init_scope():
            try:
                self._sentence_piece.tokenize([""])
            except tf.errors.NotFoundError:
                self._set_proto_tf(self.proto)

    def tokenize(self, inputs: Any) -> Any:
        """Token ids of texts; as `SensorLMTokenizer.tokenize`."""
        if self._use_tf_workflow():
            import tensorflow as tf

            return super().tokenize(tf.strings.lower(inputs, encoding="utf-8"))
        texts, batched, _ = canonicalize_python_string_inputs(inputs)
        texts = [text.lower() for text in texts]
        return super().tokenize(texts if batched else texts[0])

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        for name in ("sequence_length", "add_bos", "add_eos"):
            del config[name]  # The preprocessor's work.
        config["pad_token"] = self._pad_choice
        return config
