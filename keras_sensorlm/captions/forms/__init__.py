"""The sentences that captions are made of, as data.

A form is a sentence with slots in braces:

- `{Channel}`, `{channel}`, `{noun}`: a channel's name, at the start of a
  sentence, elsewhere, and without its article;
- `{mean}`, `{level}`, ...: a number; `{mean+}` adds the unit;
- `{start}`, `{end}`, `{at}`: a time of day; `{duration}`: "45 minutes";
- `{Event}`, `{event}`, `{mood}`: what was logged;
- `{rose|fell}`: one word a variant of the fact, in the order of the
  family's variants.

The same form renders a sentence and reads it back, so what is added here
can be parsed at once. Every sentence must be readable by one form only; the
tests render all of them with every filler and check that.
"""
