"""Writing text token by token, for any model that gives next-token logits.

Nothing in this folder knows SensorLM: the loops are handed a function
`step(tokens, index, cache) -> (logits, cache)` which gives the logits of the
token after position `index`.
"""
