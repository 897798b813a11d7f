"""`SensorLMCaptioner`: days into words."""

from collections.abc import Sequence
from typing import Any

import keras
import keras_hub
import numpy as np
from keras import ops

from keras_sensorlm.models.backbone import SensorLMBackbone
from keras_sensorlm.models.generation.beam import search_texts
from keras_sensorlm.models.generation.certainty import keep_certain
from keras_sensorlm.models.generation.compiled import compile_function
from keras_sensorlm.models.generation.compiled import record_function
from keras_sensorlm.models.generation.encoded_days import EncodedDays
from keras_sensorlm.models.generation.programs import Programs
from keras_sensorlm.models.generation.rows import batch_rows
from keras_sensorlm.models.generation.rows import fill_rows
from keras_sensorlm.models.generation.rows import repeat_rows
from keras_sensorlm.models.generation.samplers import get_sampler
from keras_sensorlm.models.generation.samplers import same_but_seed
from keras_sensorlm.models.generation.samplers import take_seed
from keras_sensorlm.models.generation.sampling import sample_texts
from keras_sensorlm.models.generation.side_by_side import side_by_side
from keras_sensorlm.models.generation.side_by_side import split_batch
from keras_sensorlm.models.generation.stages import Written
from keras_sensorlm.models.generation.stages import stage_lengths
from keras_sensorlm.models.generation.stages import write_in_stages
from keras_sensorlm.models.generation.texts import checked_length
from keras_sensorlm.models.generation.texts import pack_prompts
from keras_sensorlm.models.generation.texts import read_texts
from keras_sensorlm.models.generation.texts import text_limits
from keras_sensorlm.models.pair_training import PairTraining
from keras_sensorlm.models.preprocessor import SensorLMPreprocessor
from keras_sensorlm.models.types import Tensor
from keras_sensorlm.sensors.day import Days
from keras_sensorlm.sensors.day import SensorDay


@keras.saving.register_keras_serializable(package="keras_sensorlm")
class SensorLMCaptioner(PairTraining, keras_hub.models.Seq2SeqLM):
    """Writes captions of days.

    `generate` encodes the days once, keeps the decoder's keys and values of
    every token written and of the day, and runs whole batches in one
    compiled loop that ends when every caption has ended. `fit` is that of
    `SensorLMPretrainer`, with the captioning term alone unless told
    otherwise.

    Args:
        backbone: `SensorLMBackbone` with a decoder.
        preprocessor: `SensorLMPreprocessor`, optional. Without one, days
            come normalised and captions as token ids.
        freeze: str, optional. See `SensorLMPretrainer`.
        **kwargs: the arguments of `keras_hub.models.Task`.

    Raises:
        ValueError: if the backbone has no decoder.

    Example:

    >>> import keras_sensorlm
    >>> from keras_sensorlm import models
    >>> captioner = models.SensorLMCaptioner(
    ...     models.SensorLMBackbone(
    ...         models.SensorEncoder(16, 1, 2, patch_size=(360, 2)),
    ...         models.TextEncoder(500, 16, 1, 2, max_length=16, causal=True),
    ...         models.MultimodalDecoder(1, 2, 64),
    ...         num_caption_queries=4,
    ...     ),
    ...     models.SensorLMPreprocessor(
    ...         models.SensorLMTokenizer(vocabulary_size=500),
    ...         sequence_length=16,
    ...     ),
    ... )
    >>> days = keras_sensorlm.simulate_days(2, seed=0)
    >>> encoded = captioner.encode(days)
    >>> captions = captioner.generate(encoded, prompts="the person")
    >>> [caption[:10] for caption in captions]
    ['the person', 'the person']
    """

    backbone_cls = SensorLMBackbone
    preprocessor_cls = SensorLMPreprocessor

    def __init__(
        self,
        backbone: SensorLMBackbone,
        preprocessor: SensorLMPreprocessor | None = None,
        freeze: str | None = None,
        **kwargs: Any,
    ) -> None:
        if backbone.decoder is None:
            raise ValueError(
                "A captioner needs a backbone with a decoder. Received one "
                "without: build it with `decoder=MultimodalDecoder(...)`."
            )
        # === Layers ===
        self._set_up(backbone, preprocessor, freeze)
        self._programs = Programs()

        # === Functional Model ===
        inputs = backbone.input
        super().__init__(inputs=inputs, outputs=backbone(inputs), **kwargs)

    def compile(
        self,
        optimizer: Any = "auto",
        loss: Any = "auto",
        *,
        loss_weights: dict[str, float] | None = None,
        sampler: Any = "greedy",
        **kwargs: Any,
    ) -> None:
        """Configures the captioner.

        Args:
            optimizer: see `SensorLMPretrainer.compile`.
            loss: see `SensorLMPretrainer.compile`.
            loss_weights: dict, optional. Defaults to the captioning term
                alone.
            sampler: str or `keras_hub.samplers.Sampler`. What `generate`
                uses unless told otherwise. Defaults to `"greedy"`.
            **kwargs: see `keras.Model.compile`.
        """
        kwargs.setdefault("weighted_metrics", None)
        super().compile(
            optimizer=optimizer,
            loss=loss,
            loss_weights=loss_weights or {"captioning": 1.0},
            sampler=get_sampler(sampler),
            **kwargs,
        )

    def encode(self, days: Days, batch_size: int = 16) -> EncodedDays:
        """What the decoder attends to, to be captioned any number of times.

        Args:
            days: a `SensorDay`, a list of them, or an array `(n, minutes,
                features)` or `(minutes, features)` in physical units;
                normalised without preprocessor. NaN is missing.
            batch_size: int. Days encoded at once. Defaults to `16`.

        Returns:
            `EncodedDays`.
        """
        given: Any = days
        if isinstance(days, SensorDay) or np.ndim(given) == 2:
            given = [days]
        program = self._programs.get(
            self,
            "encode",
            lambda: compile_function(self.encode_step, self),
        )
        parts = []
        for start in range(0, len(given), batch_size):
            chunk = given[start : start + batch_size]
            if self.preprocessor is not None:
                chunk = self.preprocessor({"sensors": chunk})["sensors"]
            sensors = ops.convert_to_tensor(chunk, "float32")
            count = sensors.shape[0]
            sensors = fill_rows(
                sensors, batch_rows(count, len(given), batch_size)
            )
            parts.append(EncodedDays(**program({"sensors": sensors}))[:count])
        if not parts:
            raise ValueError("Expected at least one day, received none.")
        return EncodedDays.joined(parts)

    def encode_step(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """The tensors of `EncodedDays`; what `encode` compiles.

        Args:
            inputs: dict with `"sensors"`, normalised.

        Returns:
            Dict of tensors.
        """
        memory, mask = self.backbone.caption_memory_of(inputs["sensors"])
        numbers = self.backbone.spoken_numbers(inputs["sensors"])
        return EncodedDays(memory, mask, numbers).as_dict()

    def generate(
        self,
        days: Days | EncodedDays,
        max_length: int | None = None,
        *,
        prompts: str | Sequence[str] | None = None,
        sampler: Any = None,
        temperature: float | None = None,
        seed: int | None = None,
        min_length: int = 0,
        repetition_penalty: float = 1.0,
        no_repeat_ngram: int = 0,
        end_token_id: int | None = None,
        certainty: float = 0.0,
        batch_size: int = 16,
        use_cache: bool = True,
    ) -> list[str]:
        """Writes a caption of each day.

        Lengths count tokens, start and end included.

        Args:
            days: as in `encode`, or what `encode` returned; or a dict with
                `"sensors"` and, for prompts, `"text"`.
            max_length: int, optional. A caption that has not ended by then
                is cut after its last whole sentence, if it has one. Defaults
                to the preprocessor's `sequence_length`, or the most tokens.
            prompts: str or list of str, optional. What the captions begin
                with, one for all days or one for each. Without
                preprocessor, a required dict with int `"token_ids"` and
                `"padding_mask"` `(n, k)`, start token included.
            sampler: str or `keras_hub.samplers.Sampler`, optional. One of
                `"greedy"`, `"top_k"`, `"top_p"`, `"random"`, `"beam"`.
                Defaults to that of `compile`.
            temperature: float, optional. With a sampler's name only.
            seed: int, optional. With a sampler's name only; makes the text
                reproducible for the same days and `batch_size`.
            min_length: int. No caption ends before. Defaults to `0`.
            repetition_penalty: float. See `GenerationLimits`. Defaults to
                `1.0`, off.
            no_repeat_ngram: int. See `GenerationLimits`. Defaults to `0`,
                off.
            end_token_id: int, optional. Defaults to the tokenizer's.
            certainty: float. Sentences with a digit less probable than this
                are left out; at `0.5` every digit that stays was likelier
                than not. Defaults to `0.0`, off.
            batch_size: int. Captions written at once. Defaults to `16`.
            use_cache: bool. `False` computes every token anew at every
                step, for comparison. Defaults to `True`.

        Returns:
            List of str, prompts included. Without preprocessor, a dict with
            int arrays `"token_ids"` and `"padding_mask"` `(n, max_length)`.

        Raises:
            ValueError: if the lengths do not fit, prompts are not one for
                all or one for each day, or a setting is unusable.
        """
        if isinstance(days, dict):
            prompts = days.get("text", prompts)
            days = days["sensors"]
        if not isinstance(days, EncodedDays):
            days = self.encode(days, batch_size)
        max_length = checked_length(
            self.backbone, self.preprocessor, max_length, min_length
        )
        limits = text_limits(
            self.preprocessor,
            end_token_id,
            repetition_penalty=repetition_penalty,
            no_repeat_ngram=no_repeat_ngram,
        )
        token_ids, lengths = pack_prompts(
            self.preprocessor, prompts, len(days), max_length
        )
        sampler = get_sampler(sampler or self.sampler, temperature, seed)
        # Without cache every step computes the whole text, at one length.
        size, threads = batch_size, 1
        if use_cache:
            size, threads = split_batch(batch_size, len(days), sampler)
        stages = stage_lengths(
            *(max_length, self.backbone.text_encoder.max_length),
            batch_rows(min(size, len(days)), len(days), size),
            in_stages=use_cache,
        )
        room = stages[-1] - max_length
        token_ids = np.pad(token_ids, ((0, 0), (0, room)))
        program = self._writing_program(sampler, limits, use_cache)

        def write(start):
            chunk = slice(start, start + size)
            count = len(lengths[chunk])
            rows = batch_rows(count, len(days), size)
            inputs = {
                **days[chunk].filled_up(rows).as_dict(),
                "token_ids": fill_rows(token_ids[chunk], rows, 0),
                "lengths": fill_rows(lengths[chunk], rows, 0),
                "max_length": np.int32(max_length),
                "min_length": np.int32(min_length),
            }
            return write_in_stages(program, inputs, stages)[:count]

        written = side_by_side(write, range(0, len(days), size), threads)
        written = np.concatenate(written)[:, :max_length]
        if certainty:
            written = keep_certain(
                *(self, days, written, lengths, limits.end),
                certainty,
                batch_size,
            )
        return read_texts(self.preprocessor, written, lengths, limits.end)

    def generate_step(
        self,
        inputs: dict[str, Tensor],
        sampler: Any,
        limits: Any,
        use_cache: bool = True,
    ) -> Written:
        """Writes one batch, or a stage of it; what `generate` compiles.

        Args:
            inputs: dict of tensors. `"memory"`, `"mask"` and `"numbers"` as
                in `EncodedDays`; int `"token_ids"` `(batch, length)`, start
                token and prompt, then padding; int `"lengths"` `(batch,)` of
                the prompts, 0 for rows that only fill the batch; int scalars
                `"max_length"` and `"min_length"`; `"unfinished"` of what
                a shorter buffer was filled with, if this goes on from there.
            sampler: `keras_hub.samplers.Sampler`.
            limits: `GenerationLimits`.
            use_cache: bool. Defaults to `True`.

        Returns:
            `Written`: captions, then padding, and what to go on from.
        """
        beams = getattr(sampler, "num_beams", 1)
        rows, length = ops.shape(inputs["token_ids"])
        make_step = self._cached_step if use_cache else self._plain_step
        day = EncodedDays(
            **{name: inputs.get(name) for name in ("memory", "mask", "numbers")}
        )
        step, cache = make_step(day, rows * beams, length, beams)
        write = search_texts if hasattr(sampler, "num_beams") else sample_texts
        return write(
            step,
            sampler,
            limits,
            inputs["token_ids"],
            inputs["lengths"],
            cache,
            inputs["max_length"],
            inputs["min_length"],
            model=self,
            unfinished=inputs.get("unfinished"),
        )

    def _cached_step(self, encoded, rows, length, beams):
        day = {"cross_cache": self.backbone.compute_cross_cache(encoded.memory)}
        if encoded.mask is not None:
            day["memory_mask"] = encoded.mask
        if encoded.numbers is not None:
            pointer = self.backbone.number_pointer
            day["numbers"] = pointer.prepared(encoded.numbers)
        day = keras.tree.map_structure(lambda x: repeat_rows(x, beams), day)
        # The recorded step is kept from one batch to the next.
        decode = self._programs.get(
            self, "decode", lambda: record_function(self._decode_one)
        )

        def step(tokens, index, cache):
            token = ops.slice(tokens, [0, index], [rows, 1])
            index = ops.convert_to_tensor(index)
            return decode(token, index, cache, day)

        return step, self.backbone.init_cache(rows, length)

    def _decode_one(self, token, index, cache, day):
        logits, cache = self.backbone.decode(token, cache, index, **day)
        return logits[:, 0], cache

    def _plain_step(self, encoded, rows, length, beams):
        backbone = self.backbone
        day = {k: repeat_rows(v, beams) for k, v in encoded.as_dict().items()}

        def step(tokens, index, cache):
            states = backbone.text_encoder(tokens)
            states = backbone.decoder(
                states, day["memory"], memory_mask=day.get("mask")
            )
            # Only the one position that is asked for needs logits.
            state = ops.take(states, index, axis=1)
            here = ops.reshape(index, (1,))
            logits = backbone.caption_logits(
                state[:, None], tokens, day.get("numbers"), here
            )
            return logits[:, 0], cache

        return step, ()

    def _writing_program(self, sampler, limits, use_cache):
        def make():
            def write(inputs):
                return self.generate_step(inputs, sampler, limits, use_cache)

            return sampler, compile_function(write, self, sampler)

        key = (same_but_seed(sampler), limits, use_cache)
        # One program serves all samplers that differ in their seed alone.
        traced, program = self._programs.get(self, key, make)

        def write(inputs):
            take_seed(traced, sampler)
            outputs = program(inputs)
            take_seed(sampler, traced)
            return outputs

        return write
