"""Why a model says what it says of a day: maps over minutes and channels."""
