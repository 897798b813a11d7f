"""Sentences about what captions leave out unless asked.

`before` and `after` are medians of the four hours on either side of a shift;
`level` and `usual` are means of an unusual stretch and of its usual values.
"""

# Variants: increasing, decreasing.
SHIFT = (
    "{Channel} {stepped up|stepped down} to a new level around {at}, from "
    "{before} to {after+}.",
    "Around {at}, {channel} settled at {a higher|a lower} level: {before} "
    "before, {after+} after.",
    "There was a lasting {rise|fall} in {channel} at about {at}, from "
    "{before} to {after+}.",
    "From about {at} on, {channel} lay {higher|lower}, at {after+} instead "
    "of {before}.",
    "{Channel} changed to {a higher|a lower} level near {at}, {after+} where "
    "it had been {before}.",
)

RHYTHM = (
    "{Channel} repeated its pattern about every {duration}.",
    "There was a rhythm in {channel}, with a cycle of about {duration}.",
    "{Channel} went up and down in cycles of about {duration}.",
    "About every {duration}, {channel} came back to the same pattern.",
    "A cycle of about {duration} shows in {channel}.",
)

# Variants: higher, lower.
UNUSUAL = (
    "{Channel} was {higher|lower} than usual from {start} to {end}: "
    "{level+} compared with {usual}.",
    "Compared with other days, {channel} was unusually {high|low} between "
    "{start} and {end}, {level+} where {usual} is usual.",
    "From {start} to {end}, {channel} was {above|below} this person's usual "
    "range, at {level+} and not {usual}.",
    "For this person, {channel} was unusually {high|low} from {start} to "
    "{end}, at {level+} against {usual}.",
    "Other days put {channel} near {usual+} between {start} and {end}, but "
    "here it was {higher|lower}, at {level}.",
)
