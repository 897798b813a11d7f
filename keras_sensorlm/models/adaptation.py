"""A trained model for another device, or with few new weights."""

from keras_sensorlm.models.grid import move_to_grid


class Adaptation:
    """How a trained backbone is made into another.

    A mixin of `SensorLMBackbone`.
    """

    @classmethod
    def from_preset(
        cls,
        preset,
        load_weights=True,
        *,
        features=None,
        num_minutes=None,
        modalities=None,
        **kwargs,
    ):
        """Instantiates a model from a preset, for another device if asked.

        Args:
            preset: str. A built-in name, a local folder, or a handle such as
                `hf://...` or `kaggle://...`.
            load_weights: bool. `False` keeps random weights. Defaults to
                `True`.
            features: sequence of str, optional. See `to_grid`. Defaults to
                the preset's.
            num_minutes: int, optional. See `to_grid`. Defaults to the
                preset's.
            modalities: dict of str to str, optional. See `to_grid`.
            **kwargs: settings that replace the preset's own, and `dtype`.

        Returns:
            The model.

        Raises:
            ValueError: if the preset is unknown or has no weights, or cannot
                be moved to that grid.

        Example:

        >>> from keras_sensorlm.models import SensorLMBackbone
        >>> watch = SensorLMBackbone.from_preset(
        ...     "sensorlm_tiny_en", features=["steps", "heart_rate"]
        ... )
        >>> watch.sensor_encoder.features
        ('steps', 'heart_rate')
        """
        model = super().from_preset(preset, load_weights, **kwargs)
        if features is None and num_minutes is None:
            return model
        return model.to_grid(features, num_minutes, modalities)

    def to_grid(self, features=None, num_minutes=None, modalities=None):
        """A copy of this model for another device.

        Channels are matched by name, never by order: one that the model
        knows keeps its weights wherever it stands in `features`; one that it
        does not know starts from the mean position of its modality. Channels
        that are left out count as missing. Learned positions are resampled
        along time. Needs `missing="mask"` unless whole columns of the grid
        stay together.

        Args:
            features: sequence of str, optional. The device's channels, in
                the order in which they come. Defaults to the same.
            num_minutes: int, optional. Minutes of its days, divisible by the
                patch. Defaults to the same.
            modalities: dict of str to str, optional. The modality, such as
                `"PPG"`, of each channel that is not among the 26 of
                `keras_sensorlm.sensors.features`.

        Returns:
            A new `SensorLMBackbone`.

        Raises:
            ValueError: for an unknown channel without modality, or minutes
                that the patch does not divide.

        Example:

        >>> from keras_sensorlm.models.backbone import SensorLMBackbone
        >>> from keras_sensorlm.models.sensor_encoder import SensorEncoder
        >>> from keras_sensorlm.models.text_encoder import TextEncoder
        >>> backbone = SensorLMBackbone(
        ...     SensorEncoder(16, 1, 2, num_minutes=60),
        ...     TextEncoder(50, 16, 1, 2),
        ... )
        >>> watch = backbone.to_grid(
        ...     features=["steps", "heart_rate", "spo2"],
        ...     modalities={"spo2": "PPG"},
        ... )
        >>> watch.sensor_encoder.layout
        ('heart_rate', None, 'steps', None, 'spo2', None)
        """
        return move_to_grid(self, features, num_minutes, modalities)

    def enable_lora(self, rank, target_layer_names=None):
        """Adds low-rank weights to the attention and freezes all others.

        Biases of the adapted layers are frozen too: `save_lora_weights` does
        not keep them.

        Args:
            rank: int. Rank of the added weights.
            target_layer_names: list of str, optional. Defaults to `query`
                and `value` layers.
        """
        super().enable_lora(rank, target_layer_names)
        for weight in self.trainable_weights:
            if "lora_kernel" not in weight.name:
                weight.trainable = False
