"""A trained model for another device: other channels, other minutes.

A token stands for some minutes of `patch_size[1]` channels side by side. What
tells the model which channels these are is the token's position, and, within
the rectangle, the place whose kernel reads the channel. A channel keeps what
was learned for it only if both stay: so channels move by name and in whole
columns of the grid. A column whose other channel the new device lacks keeps
that place empty, which is to say always missing; a column of which nothing is
left is dropped; channels that the model never saw get columns of their own.
"""

import numpy as np
from keras import ops

from keras_sensorlm.sensors.features import FEATURES

_MODALITIES = {feature.name: feature.modality for feature in FEATURES}


def moved_layout(layout, features, patch_channels, modalities=None):
    """Where each channel of another device lies, by name.

    Args:
        layout: sequence of str or None. The trained model's layout; see
            `SensorEncoder`.
        features: sequence of str. The other device's channels.
        patch_channels: int. Channels of a rectangle.
        modalities: dict of str to str, optional. Modalities of channels that
            are not in `keras_sensorlm.sensors.FEATURES`.

    Returns:
        Two lists: the new layout, and for each of its columns either the
        number of the old column or the modality of new channels.

    Raises:
        ValueError: for a new channel whose modality is not known.

    Example:

    >>> moved_layout(
    ...     ["heart_rate", "rmssd", "steps", "eda_level"],
    ...     ["eda_level", "spo2"],
    ...     patch_channels=2,
    ...     modalities={"spo2": "PPG"},
    ... )
    ([None, 'eda_level', 'spo2', None], [1, 'PPG'])
    """
    modalities = {**_MODALITIES, **(modalities or {})}
    unknown = [name for name in features if name not in layout]
    nameless = [name for name in unknown if name not in modalities]
    if nameless:
        raise ValueError(
            "The model has never seen these channels, so their modality must "
            f"be given: {', '.join(nameless)}. Pass "
            f"`modalities={{{nameless[0]!r}: 'PPG', ...}}`."
        )
    new_layout, sources = [], []
    for start in range(0, len(layout), patch_channels):
        column = [
            name if name in features else None
            for name in layout[start : start + patch_channels]
        ]
        if any(column):
            new_layout += column
            sources.append(start // patch_channels)
    for modality in dict.fromkeys(modalities[name] for name in unknown):
        names = [name for name in unknown if modalities[name] == modality]
        names += [None] * (-len(names) % patch_channels)
        new_layout += names
        sources += [modality] * (len(names) // patch_channels)
    return new_layout, sources


def moved_positions(
    positions, layout, sources, num_rows, patch_channels, modalities=None
):
    """The learned positions of another grid.

    Args:
        positions: float array `(rows, columns, width)`.
        layout: sequence of str or None. The layout they belong to.
        sources: list from `moved_layout`.
        num_rows: int. Rows of the new grid. Time is resampled linearly, the
            first and the last minute staying where they are.
        patch_channels: int. Channels of a rectangle.
        modalities: dict of str to str, optional; see `moved_layout`.

    Returns:
        Float array `(num_rows, len(sources), width)`. A new column starts
        from the mean over the channels of its modality, or over all channels
        where the model knows none of that modality.

    Example:

    >>> positions = np.array([[[1.0], [3.0]], [[2.0], [4.0]]])
    >>> layout = ["heart_rate", "rmssd", "steps", "eda_level"]
    >>> moved_positions(positions, layout, [1, "PPG"], 4, 2)[..., 0].tolist()
    [[3.0, 1.0], [3.25, 1.25], [3.75, 1.75], [4.0, 2.0]]
    """
    modalities = {**_MODALITIES, **(modalities or {})}
    columns = [
        positions[:, source]
        if isinstance(source, int)
        else _mean_column(positions, layout, source, patch_channels, modalities)
        for source in sources
    ]
    moved = np.stack(columns, axis=1)
    rows = len(positions)
    if rows == num_rows:
        return moved
    # Centres of the new rows in units of the old ones.
    centres = (np.arange(num_rows) + 0.5) * rows / num_rows - 0.5
    centres = np.clip(centres, 0, rows - 1)
    before = np.floor(centres).astype(int)
    after = np.minimum(before + 1, rows - 1)
    share = (centres - before)[:, None, None]
    moved = moved[before] * (1 - share) + moved[after] * share
    return moved.astype(positions.dtype)


def _mean_column(positions, layout, modality, patch_channels, modalities):
    named = [i for i, name in enumerate(layout) if name is not None]
    same = [i for i in named if modalities.get(layout[i]) == modality]
    columns = [i // patch_channels for i in same or named]
    return positions[:, columns].mean(axis=1)


def move_to_grid(backbone, features=None, num_minutes=None, modalities=None):
    """A copy of a model for another device; see `SensorLMBackbone.to_grid`."""
    encoder = backbone.sensor_encoder
    patch_minutes, patch_channels = encoder.patch_size
    features = encoder.features if features is None else tuple(features)
    num_minutes = num_minutes or encoder.num_minutes
    layout, sources = moved_layout(
        encoder.layout, features, patch_channels, modalities
    )
    if None in layout and encoder.missing != "mask":
        raise ValueError(
            "A model that reads imputed days needs every channel of each "
            f"column of its grid. Received: {features}, which leaves places "
            f'empty: {layout}. Models with `missing="mask"` can do that.'
        )
    config = backbone.get_config()
    config["sensor_encoder"]["config"].update(
        features=features, num_minutes=num_minutes, layout=layout
    )
    moved = type(backbone).from_config(config)
    old = encoder.patch_embedding.position_embedding
    new = moved.sensor_encoder.patch_embedding.position_embedding
    # The two models differ in nothing but the number of positions.
    for weight, value in zip(moved.weights, backbone.weights):
        if weight is not new:
            weight.assign(value)
    positions = ops.convert_to_numpy(old.value).reshape(
        *encoder.grid, encoder.width
    )
    positions = moved_positions(
        positions,
        encoder.layout,
        sources,
        num_minutes // patch_minutes,
        patch_channels,
        modalities,
    )
    new.assign(positions.reshape(new.shape))
    return moved
