"""A recipe's distribution, begun: what a run asks about its devices."""

import contextlib

import keras

from keras_sensorlm.models.preset import SensorLMPreset


class Placement:
    """One device and one process; what the others are variations of.

    Args:
        settings: `Distribution`.

    Example:

    >>> from keras_sensorlm.training import Distribution
    >>> placement = Placement(Distribution("one_device"))
    >>> placement.is_chief, placement.shares
    (True, 1)
    """

    # Of the processes.
    process_index = 0
    process_count = 1
    # Parts into which every batch is divided, and devices that take them.
    share_index = 0
    shares = 1
    copies = 1

    def __init__(self, settings):
        self.settings = settings

    @property
    def is_chief(self):
        """Whether this process is the one that writes files."""
        return self.process_index == 0

    def __enter__(self):
        """Begins the run; it ends with the `with` statement."""
        return self

    def __exit__(self, kind, error, traceback):
        pass

    def scope(self):
        """A context in which variables are made."""
        return contextlib.nullcontext()

    def data(self, make_batches):
        """What `fit` takes.

        Args:
            make_batches: function without arguments that gives an iterator
                over this process's share of every batch, from the first.
        """
        return make_batches()

    def jit_compile(self, wanted):
        """`wanted`, or what the strategy can do instead of `"auto"`."""
        return wanted

    def whole(self, preset):
        """The preset with weights that this process can write to disk.

        To be called in all processes alike.
        """
        return preset

    def beside(self, preset):
        """What is looked at during the run: the preset, or a copy of it.

        To be called in all processes alike.
        """
        return preset

    def beside_scope(self):
        """A context in which variables are made that belong to a copy.

        This process alone computes with them.
        """
        return contextlib.nullcontext()

    def apart(self, model, beside):
        """A context in which this process computes without the others.

        To be entered in all processes alike.

        Args:
            model: the pretrainer.
            beside: a pretrainer around what `beside` gave; around a copy,
                it gets the model's weights.
        """
        return contextlib.nullcontext()

    def wait(self):
        """Returns when all processes have come here."""


def place(recipe, source=None):
    """Begins a recipe's distribution and checks that it fits.

    To be called before anything is computed: processes find each other here.

    Args:
        recipe: `Recipe`.
        source: what `TrainingBatches` takes, optional. Its `num_shards`,
            where there is one, bounds the number of processes.

    Returns:
        `Placement`.

    Raises:
        ValueError: if the backend has no such strategy, devices or processes
            are missing, or the batch, the mesh or the shards do not divide.

    Example:

    >>> from keras_sensorlm.training import Recipe
    >>> place(Recipe(name="mine", steps=1)).is_chief
    True
    """
    settings, backend = recipe.distribution, keras.config.backend()
    settings.check_backend(backend)
    if backend == "jax":
        from keras_sensorlm.training.distribution.on_jax import begin
    elif backend == "tensorflow":
        from keras_sensorlm.training.distribution.on_tensorflow import begin
    else:
        from keras_sensorlm.training.distribution.on_torch import begin
    placement = begin(settings)
    _check(recipe, placement, source)
    return placement


def _check(recipe, placement, source):
    settings = recipe.distribution
    if settings.processes not in (None, placement.process_count):
        raise ValueError(
            "The recipe asks for another number of processes than were "
            f"started. Received: processes={settings.processes}, started: "
            f"{placement.process_count}"
        )
    shards = getattr(source, "num_shards", None)
    if shards is not None and placement.process_count > shards:
        raise ValueError(
            "There are more processes than files to read from, so that some "
            f"would wait for others. Received: {placement.process_count} "
            f"processes, {shards} shards. Prepare the data with more shards "
            "or start fewer processes."
        )
    for name, size in (
        ("batch_size", recipe.batch_size),
        ("micro_batch", recipe.micro_batch),
    ):
        if size is not None and size % placement.copies:
            raise ValueError(
                f"`{name}` should divide by the devices that share it. "
                f"Received: {name}={size}, devices={placement.copies}"
            )


def undistributed(preset, arrays):
    """A copy of a preset with given weights, on this process's device."""
    backbone = type(preset.backbone).from_config(preset.backbone.get_config())
    backbone.set_weights(arrays)
    return SensorLMPreset(backbone, preset.preprocessor)


def check_devices(wanted, there, kind="devices"):
    """The number of devices to use, given what a recipe asks for."""
    if wanted is not None and wanted > there:
        raise ValueError(
            f"The recipe asks for more {kind} than there are. "
            f"Received: devices={wanted}, there: {there}"
        )
    return there if wanted is None else wanted
