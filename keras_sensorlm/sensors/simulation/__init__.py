"""What `sensors.simulator` is made of.

A `Person` (`person`) has a plan for each day (`schedule`): a row of states
with the events of the diary. From many plans at once come effort and steps
(`motion`), heart rate (`heart`), beat-to-beat variability (`beats`), skin
conductance and temperature (`skin`), the movement of the wrist (`wrist`),
and at last what a device would have seen of it all (`devices`, `gaps`).
"""
