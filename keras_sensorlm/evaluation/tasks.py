"""Classes to tell apart and the words for them: data files, and who reads them.

A task is a YAML file that says which events of the days are of which class,
and with which words a class is asked for. Those of the library lie in
`assets/tasks`; anybody can write more and pass them.
"""

import dataclasses
import pathlib

import yaml

UNITS = ("segment", "day")
TASKS = pathlib.Path(__file__).parent / "assets" / "tasks"


@dataclasses.dataclass(frozen=True)
class Words:
    """What belongs to a class and what it is called.

    Args:
        events: tuple of str. Labels of the events that are of this class.
        prompts: tuple of str. Names, each put into every template.
        sentences: tuple of str. Whole sentences, taken as they stand.
        unseen: tuple of str. Other names, which no caption uses; each put
            into every template.
    """

    events: tuple
    prompts: tuple = ()
    sentences: tuple = ()
    unseen: tuple = ()


@dataclasses.dataclass(frozen=True)
class Task:
    """A question with a closed set of answers.

    Args:
        name: str. A short name, used in files.
        title: str. In words.
        sources: tuple of str. Sources of the days that it is asked of;
            `"*"` for any.
        classes: dict of str to `Words`.
        unit: str. `"segment"`, each event on its own with the rest of the
            day masked, or `"day"`, the whole day. Defaults to `"segment"`.
        min_minutes: int. Shorter events do not count. Defaults to `20`.
        max_minutes: int, optional. Longer events are cut to their middle, so
            that their length does not give them away. Defaults to none.
        templates: tuple of str. Sentences with one `{}`.
        several: bool. Whether a day can be of several classes; otherwise
            days of none or several are left out. Defaults to `False`.
        groups: dict of str to tuple of str. Classes that are also told
            apart among themselves.

    Raises:
        ValueError: if a setting is not usable.
    """

    name: str
    title: str
    sources: tuple
    classes: dict
    unit: str = "segment"
    min_minutes: int = 20
    max_minutes: int | None = None
    templates: tuple = ("{}",)
    several: bool = False
    groups: dict = dataclasses.field(default_factory=dict)

    def __post_init__(self):
        if self.unit not in UNITS:
            raise ValueError(
                f"{self.name}: `unit` should be one of {', '.join(UNITS)}. "
                f"Received: {self.unit!r}"
            )
        if len(self.classes) < 2:
            raise ValueError(f"{self.name}: a task needs at least two classes.")
        if any(t.count("{}") != 1 for t in self.templates):
            raise ValueError(
                f"{self.name}: each template should hold one '{{}}'. "
                f"Received: {self.templates}"
            )
        for name, words in self.classes.items():
            if not words.events or not (words.prompts or words.sentences):
                raise ValueError(
                    f"{self.name}: the class {name!r} needs events and "
                    "prompts or sentences."
                )

    @property
    def labels(self):
        """Names of the classes, tuple of str."""
        return tuple(self.classes)

    def sentences(self, label, unseen=False):
        """All that a class is called, as sentences.

        Args:
            label: str. One of `labels`.
            unseen: bool. Whether by names that no caption uses. Defaults to
                `False`.

        Returns:
            List of str.
        """
        words = self.classes[label]
        names = words.unseen if unseen else words.prompts
        said = [t.format(name) for name in names for t in self.templates]
        return said if unseen else [*said, *words.sentences]

    @property
    def has_unseen(self):
        """Whether every class has a name that no caption uses."""
        return all(words.unseen for words in self.classes.values())

    def within(self, group):
        """The same question among the classes of one of `groups`.

        Args:
            group: str.

        Returns:
            `Task`.
        """
        return dataclasses.replace(
            self,
            name=f"{self.name}/{group}",
            title=f"{self.title}, among {group}",
            classes={name: self.classes[name] for name in self.groups[group]},
            groups={},
        )


def load_task(path):
    """Reads a task from YAML.

    Args:
        path: path. The keys are the arguments of `Task`; a class holds those
            of `Words`.

    Returns:
        `Task`.

    Raises:
        ValueError: if a key is unknown or a setting not usable; it names the
            file.

    Example:

    >>> load_task(TASKS / "mmash_movement.yaml").labels
    ('sleeping', 'sitting', 'moving')
    """
    path = pathlib.Path(path)
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
        found["classes"] = {
            name: Words(**{k: tuple(v) for k, v in words.items()})
            for name, words in found["classes"].items()
        }
        for key in ("sources", "templates"):
            if key in found:
                found[key] = tuple(found[key])
        return Task(**found)
    except (TypeError, KeyError, AttributeError, yaml.YAMLError) as error:
        raise ValueError(
            f"{path} is no task: {error}. It should hold "
            f"{', '.join(f.name for f in dataclasses.fields(Task))}, and each "
            f"class {', '.join(f.name for f in dataclasses.fields(Words))}."
        ) from None


def built_in_tasks():
    """The tasks that ship with the library, a list of `Task`.

    Example:

    >>> "simulated_activity" in [task.name for task in built_in_tasks()]
    True
    """
    return [load_task(path) for path in sorted(TASKS.glob("*.yaml"))]
