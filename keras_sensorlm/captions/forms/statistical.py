"""Sentences about a channel's mean, extremes and standard deviation."""

STATISTIC = (
    "{Channel} averaged {mean+}, ranging from {min} to {max}, with a "
    "standard deviation of {std}.",
    "{Channel} had a mean of {mean+}, a minimum of {min}, a maximum of {max} "
    "and a standard deviation of {std}.",
    "On average {channel} was {mean+}, between a low of {min} and a high of "
    "{max}, with a standard deviation of {std}.",
    "The mean of {channel} was {mean+}; its values lay between {min} and "
    "{max}, with a standard deviation of {std}.",
    "{Channel} ranged from {min} to {max+}, averaging {mean} with a standard "
    "deviation of {std}.",
    "{Channel} stayed between {min} and {max+}; its mean was {mean} and its "
    "standard deviation {std}.",
    "{Channel} reached {max+} at its highest and {min} at its lowest, with a "
    "mean of {mean} and a standard deviation of {std}.",
    "The recorded {noun} averaged {mean+}, with a low of {min}, a high of "
    "{max} and a standard deviation of {std}.",
    "Overall, {channel} averaged {mean+}, with extremes of {min} and "
    "{max} and a standard deviation of {std}.",
    "With a mean of {mean+} and a standard deviation of {std}, {channel} ran "
    "from {min} to {max}.",
    "Between its minimum of {min} and its maximum of {max+}, {channel} had a "
    "mean of {mean} and a standard deviation of {std}.",
    "{Channel} varied around {mean+} with a standard deviation of {std}, "
    "going up to {max} and down to {min}.",
    "The lowest value of {channel} was {min+}, the highest {max}, the mean "
    "{mean} and the standard deviation {std}.",
    "Values of {channel} spanned {min} to {max+}, with a mean of {mean} and "
    "a standard deviation of {std}.",
    "The average of {channel} came to {mean+}, its standard deviation to "
    "{std}, its maximum to {max} and its minimum to {min}.",
    "{Channel} came to {mean+} on average, never below {min} or above {max}, "
    "with a standard deviation of {std}.",
    "All in all, {channel} had an average of {mean+} and a standard "
    "deviation of {std}, from {min} up to {max}.",
    "For {channel}, the mean was {mean+}, the standard deviation {std}, the "
    "minimum {min} and the maximum {max}.",
    "{Channel} went as low as {min} and as high as {max+}, averaging {mean} "
    "with a standard deviation of {std}.",
    "The sensors put {channel} at {mean+} on average, from {min} at the "
    "lowest to {max} at the highest, with a standard deviation of {std}.",
    "Averaged over what was measured, {channel} was {mean+}, with a standard "
    "deviation of {std}, a low of {min} and a high of {max}.",
    "{Channel} covered the range from {min} to {max+}, with {mean} as its "
    "mean and {std} as its standard deviation.",
)
