"""The whole of training and writing, on as little as will show it works."""

import keras

from keras_sensorlm import models
from keras_sensorlm import simulate_days

DAYS = 32
EPOCHS = 300
LENGTH = 28


class StopWhenLearned(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs):
        learned = (
            logs["contrastive_loss"] < 0.2 and logs["captioning_loss"] < 0.01
        )
        self.model.stop_training = learned


def own_words(day):
    """A short text that no other of the days has."""
    events = [e for e in day.events if e.kind in ("activity", "sleep")][:2]
    return ", ".join(
        f"{e.label} at {e.start_minute // 60:02d}:{e.start_minute % 60:02d}"
        for e in events
    )


def test_days_are_told_apart_and_told_in_their_own_words():
    keras.utils.set_random_seed(0)
    days = simulate_days(DAYS, seed=0)
    texts = [own_words(day) for day in days]
    assert len(set(texts)) == DAYS
    shared = {"num_layers": 2, "num_heads": 2}
    backbone = models.SensorLMBackbone(
        models.SensorEncoder(64, patch_size=(60, 13), **shared),
        models.TextEncoder(1500, 64, max_length=LENGTH, causal=True, **shared),
        models.MultimodalDecoder(mlp_dim=256, **shared),
        num_caption_queries=8,
    )
    preprocessor = models.SensorLMPreprocessor(
        models.SensorLMTokenizer(vocabulary_size=1500), sequence_length=LENGTH
    )
    pretrainer = models.SensorLMPretrainer(backbone, preprocessor)
    pretrainer.compile(
        keras.optimizers.AdamW(3e-3, beta_2=0.99, global_clipnorm=1.0)
    )
    pretrainer.fit(
        days,
        texts,
        batch_size=DAYS,
        epochs=EPOCHS,
        callbacks=[StopWhenLearned()],
        verbose=0,
    )

    logs = pretrainer.evaluate(
        days, texts, batch_size=DAYS, return_dict=True, verbose=0
    )
    assert logs["truncated_captions"] == 0
    assert logs["sensor_to_text_r1"] == logs["text_to_sensor_r1"] == 1.0
    captioner = models.SensorLMCaptioner(backbone, preprocessor)
    assert captioner.generate(days, batch_size=DAYS) == texts
