"""Where a run's batch and weights lie: one device, many, many processes."""

from keras_sensorlm.training.distribution.placement import Placement
from keras_sensorlm.training.distribution.placement import place
from keras_sensorlm.training.distribution.settings import Distribution

__all__ = ["Distribution", "Placement", "place"]
