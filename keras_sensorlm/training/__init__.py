"""Training runs from a recipe: seeded batches, checkpoints, resume."""

from keras_sensorlm.training.augmentation import Augmentation
from keras_sensorlm.training.batches import DaySource
from keras_sensorlm.training.batches import TrainingBatches
from keras_sensorlm.training.checkpoint import Checkpoints
from keras_sensorlm.training.copies import balanced_copies
from keras_sensorlm.training.cost import estimate_cost
from keras_sensorlm.training.distribution import Distribution
from keras_sensorlm.training.recipe import Optimizer
from keras_sensorlm.training.recipe import Recipe
from keras_sensorlm.training.recipe import Schedule
from keras_sensorlm.training.recipe import Validation
from keras_sensorlm.training.recipe import built_in_recipes
from keras_sensorlm.training.run import train
from keras_sensorlm.training.scaling import fit_scaling_law
from keras_sensorlm.training.schedules import ReciprocalSquareRoot
from keras_sensorlm.training.schedules import cosine
from keras_sensorlm.training.weight_ensemble import WeightSpaceEnsemble

__all__ = [
    "Augmentation",
    "Checkpoints",
    "DaySource",
    "Distribution",
    "Optimizer",
    "Recipe",
    "ReciprocalSquareRoot",
    "Schedule",
    "TrainingBatches",
    "Validation",
    "WeightSpaceEnsemble",
    "balanced_copies",
    "built_in_recipes",
    "cosine",
    "estimate_cost",
    "fit_scaling_law",
    "train",
]
