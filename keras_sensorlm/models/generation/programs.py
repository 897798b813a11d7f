"""Compiled programs, kept for as long as they are true."""


class Programs:
    """Programs of one model by their settings.

    A program belongs to the variables that it was traced with. LoRA and int8
    replace variables, after which all programs are made anew.
    """

    def __init__(self):
        self._programs = {}
        self._variables = None

    def get(self, model, key, make):
        """The program of these settings.

        Args:
            model: the model whose variables programs read.
            key: hashable. What tells programs apart.
            make: callable that makes the program.

        Returns:
            What `make` returned, now or before.
        """
        variables = [id(variable) for variable in model.variables]
        if variables != self._variables:
            self._programs.clear()
            self._variables = variables
        if key not in self._programs:
            self._programs[key] = make()
        return self._programs[key]
