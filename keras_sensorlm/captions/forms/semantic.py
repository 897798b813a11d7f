"""Sentences about activities, sleep and moods.

All forms for activities and sleep may be followed by ", with ..." that
tells what the sensors did meanwhile, so none of them contains it.
"""

ACTIVITY = (
    "{Event} took place from {start} to {end}.",
    "{Event} was logged between {start} and {end}.",
    "From {start} to {end} there was {event}.",
    "The day included {event} from {start} to {end}.",
    "{Event} lasted {duration}, starting at {start}.",
    "At {start} the wearer began {event}, which ended at {end}.",
    "{Event} began at {start} and ended at {end}.",
    "{Event} filled the {duration} before {end}.",
    "The log holds {event} from {start} to {end}.",
    "The wearer recorded {event} between {start} and {end}.",
    "Starting at {start}, {event} went on for {duration}.",
    "{Event} kept the wearer busy from {start} to {end}.",
    "Between {start} and {end} came {event}.",
    "There was {event} from {start} until {end}.",
    "{Event} occupied the wearer between {start} and {end}.",
    "{Event} started at {start} and was over at {end}.",
    "{Event} is on record from {start} to {end}.",
    "At {start}, {event} got under way, and it took {duration}.",
    "From {start} to {end} the wearer was occupied with {event}.",
    "{Event} continued for {duration} from {start}.",
    "The time between {start} and {end} went to {event}.",
    "Among the day's activities was {event} from {start} to {end}.",
)

# Variants: sleep, nap.
SLEEP = (
    "The wearer {slept|napped} from {start} to {end}.",
    "{Sleep|A nap} was logged from {start} to {end}.",
    "The wearer was {asleep|napping} between {start} and {end}.",
    "From {start} to {end} the wearer {was asleep|took a nap}.",
    "{Sleep|A nap} began at {start} and ended at {end}.",
    "{Sleep|A nap} lasted {duration}, beginning at {start}.",
    "The log shows {sleep|a nap} between {start} and {end}.",
    "The wearer {fell asleep|settled down for a nap} at {start} and woke up "
    "at {end}.",
)

INFERRED_SLEEP = (
    "The wearer was probably asleep from {start} to {end}, judging by "
    "stillness.",
    "No sleep was logged, but stillness suggests sleep from {start} to {end}.",
    "Stillness between {start} and {end} points to sleep.",
    "The wearer hardly moved from {start} to {end} and was presumably asleep.",
    "From {start} to {end} the wearer kept still, which suggests sleep.",
    "Sleep seems likely between {start} and {end}, when there was hardly any "
    "movement.",
)

MOOD = (
    "The wearer felt {mood} at {at}.",
    "At {at} the logged mood was {mood}.",
    "The mood logged at {at} was {mood}.",
    "The wearer reported feeling {mood} at {at}.",
    "At {at} the wearer noted feeling {mood}.",
    "A mood entry at {at} reads {mood}.",
    "The diary gives the mood at {at} as {mood}.",
    "Asked at {at}, the wearer answered {mood}.",
    "By the log, the wearer felt {mood} around {at}.",
    "The wearer's mood at {at} was {mood}.",
    "At {at} the mood was recorded as {mood}.",
)

# What a caption says when there is nothing to say.
NO_DATA = (
    "No {groups} channel was measured for {duration} or more.",
    "Not one {groups} channel holds {duration} of data.",
    "The sensors recorded less than {duration} of every {groups} channel.",
)

NO_STRUCTURE = (
    "No {groups} channel shows a clear trend, peak or drop.",
    "There is no marked trend, peak or drop in any {groups} channel.",
    "Neither a trend nor a peak nor a drop stands out in any {groups} channel.",
)

NO_LOG = (
    "No activity of {duration} or more, no sleep and no mood was logged.",
    "The log holds no activity of {duration} or more, no sleep and no mood.",
    "There is no logged activity of {duration} or more, no sleep and no mood.",
)
