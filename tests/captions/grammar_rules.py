"""A grammar check by rules, for sentences of captions.

Knows nothing of forms or slots: it looks at finished sentences for what goes
wrong when words are put into templates.
"""

import re

# Words that may be capitalised inside a sentence.
NAMES = ("RR", "RMSSD", "SDNN", "EDA", "Celsius", "Fahrenheit")
_VOWEL_SOUND = re.compile(
    r"[aeio]|u(?!ni|se|su|ti|ro)|hour|honest|8|1[18](?!\d)", re.I
)
_CONSONANT_SOUND = re.compile(r"one\b|once\b|eu|ewe", re.I)

_RULES = {
    "two spaces": r"  ",
    "a space before punctuation": r" [.,;:)]",
    "no space after punctuation": r"[,;](?! )|\.(?=[A-Za-z])",
    "doubled punctuation": r"[.,;:]{2}",
    "a slot or a format left over": r"[{}%|^]",
    "a word twice": r"(?i)\b(\w+) \1\b",
    "two articles": r"(?i)\b(?:a|an|the) (?:a|an|the)\b",
    "two prepositions": r"\b(?:from|to|at|of|in|on|by|between|with) "
    r"(?:from|to|at|of|in|on|by|between|with)\b",
    "one of many": r"(?<![\d.])1 (?:minutes|steps)\b",
    "many of one": r"(?<![\d.])(?!1 )\d+ (?:minute|step)\b",
    "a plural verb": r"\b(?:were|are|have|show|lie|come|do)\b",
    "a minute without its number": r"(?<!per )(?<!-)(?<!\d )\bminute\b(?! \d)",
    "between without and": r"\b[Bb]etween (?!.* and )",
    "an empty bracket": r"\(\W*\)|\([^)]*$|^[^(]*\)",
    "a minus that is a dash": r"\d -\d|- \d",
    "a number without digits": r"\d\.(?!\d|$)|(?<!\d)\.\d",
    "a contraction cut off": r"'(?!s\b)",
}
_RULES = {name: re.compile(rule) for name, rule in _RULES.items()}


def complaints(sentence):
    """What is wrong with a sentence, a list of str; empty if nothing is."""
    found = [name for name, rule in _RULES.items() if rule.search(sentence)]
    if not sentence.endswith("."):
        found.append("no full stop")
    if not sentence[:1].isupper():
        found.append("no capital at the start")
    for word in re.findall(r"(?<= )[A-Z]\w*", sentence):
        if word not in NAMES:
            found.append(f"a capital inside: {word}")
    for article, word in re.findall(r"\b([Aa]n?) ([\w-]+)", sentence):
        vowel = _VOWEL_SOUND.match(word) and not _CONSONANT_SOUND.match(word)
        if (article.lower() == "an") != bool(vowel):
            found.append(f"the article of {article} {word}")
    return found
