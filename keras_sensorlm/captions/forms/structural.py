"""Sentences about trends, peaks and drops.

`before`, `after` and `level` are means over 40 minutes: the first and the
last bin of a trend, the bin of a peak; the level of a stable stretch is the
mean over all of it.
"""

# Variants: increasing, decreasing.
MOVE = (
    "{Channel} {rose|fell} from {before} to {after+} between {start} and "
    "{end}.",
    "From {start} to {end}, {channel} {climbed|declined} from {before} to "
    "{after+}.",
    "Between {start} and {end}, {channel} {increased|decreased} from "
    "{before} to {after+}.",
    "{Channel} showed {an increasing|a decreasing} trend from {start} to "
    "{end}, going from {before} to {after+}.",
    "There was {a rise|a fall} in {channel} between {start} and {end}, from "
    "{before} to {after+}.",
    "{Channel} trended {upward|downward} between {start} and {end}, moving "
    "from {before} to {after+}.",
    "Starting at {start} and ending at {end}, {channel} went {up|down} from "
    "{before} to {after+}.",
    "{An upward|A downward} trend took {channel} from {before} to {after+} "
    "between {start} and {end}.",
    "{Channel} moved {up|down} from {before} to {after+} in the time from "
    "{start} to {end}.",
    "{Channel} was {rising|falling} from {start} to {end}, starting near "
    "{before} and ending near {after+}.",
    "{An increase|A decrease} in {channel} lasted from {start} to {end}, "
    "with values going from {before} to {after+}.",
    "The stretch from {start} to {end} saw {channel} {rise|fall} from "
    "{before} to {after+}.",
    "{Channel} tended to {increase|decrease} between {start} and {end}, from "
    "{before} to {after+}.",
    "By {end}, {channel} had {gone up|gone down} to {after+} from the "
    "{before} seen around {start}.",
    "{Channel} {picked up|came down} between {start} and {end}, from "
    "{before} to {after+}.",
    "{An overall climb|An overall decline} of {channel} between {start} and "
    "{end} led from {before} to {after+}.",
)

STABLE = (
    "{Channel} stayed level near {level+} from {start} to {end}.",
    "From {start} to {end}, {channel} held steady around {level+}.",
    "{Channel} hardly changed between {start} and {end}, remaining close to "
    "{level+}.",
    "Between {start} and {end}, {channel} was stable at about {level+}.",
    "There was little change in {channel} from {start} to {end}, with values "
    "near {level+}.",
    "{Channel} kept to a plateau of about {level+} between {start} and {end}.",
    "A stable stretch of {channel} near {level+} lasted from {start} to {end}.",
    "The time from {start} to {end} left {channel} almost unchanged at about "
    "{level+}.",
)

# Variants: peak, drop.
EXTREME = (
    "{Channel} {peaked|dipped} around {at}, with a 40-minute average of "
    "{level+}.",
    "{A peak|A dip} in {channel} came around {at}, reaching {level+}.",
    "Around {at}, {channel} {spiked|plunged} to {level+}.",
    "{Channel} showed {a clear peak|a clear dip} of {level+} around {at}.",
    "There was {a spike|a drop} in {channel} to {level+} around {at}.",
    "{Channel} {shot up|dropped sharply} to {level+} around {at}.",
    "At about {at}, {channel} {jumped|sank} briefly to {level+}.",
    "{A brief high|A brief low} of {level+} in {channel} stood out around "
    "{at}.",
    "{Channel} {surged|slumped} to {level+} near {at}.",
    "Near {at}, {channel} touched {a short-lived high|a short-lived low} of "
    "{level+}.",
    "{Channel} hit {a pronounced peak|a pronounced trough} of {level+} near "
    "{at}.",
    "{A sharp rise|A sharp drop} brought {channel} to {level+} near {at}.",
    "{Channel} briefly {stood well above|fell well below} its usual values "
    "around {at}, at {level+}.",
    "The day's {noun} had {a high point|a low point} of {level+} around {at}.",
    "With {level+} around {at}, {channel} formed {a distinct peak|a distinct "
    "dip}.",
    "{Channel} passed through {a narrow peak|a narrow trough} near {at}, at "
    "{level+}.",
)
