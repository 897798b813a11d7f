"""Keras layers and KerasHub classes: what turns a day into language."""
