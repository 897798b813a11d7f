"""What people do when they do nothing that has a name, and how they feel."""

from keras_sensorlm.sensors.activities import ACTIVITY_TABLE
from keras_sensorlm.sensors.activities import State

# fmt: off
LIFE = {
    "sleep": State(posture=0, wander=0.0, bouts=0.13, arm=0.0035, skin=1.5,
                   sweat=-0.1, arousal=-0.3),
    "lying": State(posture=7, bouts=1, arm=0.012, skin=0.4, arousal=-0.3),
    "morning": State(effort=0.05, posture=15, bouts=24, arm=0.06,
                     contact=0.4),
    "desk": State(posture=11, bouts=5.7, arm=0.02, arousal=0.1),
    "meeting": State(posture=11, bouts=3.8, arm=0.022, arousal=0.2),
    "errand": State(effort=0.05, posture=15, bouts=22.2, arm=0.05, skin=-0.7,
                    altitude=0.003, contact=0.4),
    "chores": State(effort=0.06, posture=15, bouts=17.4, arm=0.09, skin=0.1,
                    contact=0.5),
    "standing work": State(effort=0.07, posture=15, bouts=19, arm=0.08,
                           contact=0.4, arousal=0.05),
    "eating": State(effort=0.01, posture=13, bouts=6.3, arm=0.045),
    "social": State(effort=0.01, posture=13, bouts=8.8, arm=0.04),
    "screen": State(posture=10, bouts=5.1, arm=0.013, skin=0.3,
                    arousal=-0.1),
    "reading": State(posture=9, bouts=3.8, arm=0.009, skin=0.4,
                     arousal=-0.25),
    "driving": State(posture=13, bouts=1, arm=0.03, altitude=0.004,
                     skin=-0.1, arousal=0.15, contact=0.5),
    "transit": State(effort=0.01, posture=14, bouts=14, arm=0.035,
                     altitude=0.006, skin=-0.4, contact=0.3),
    "stroll": State(effort=0.2, wander=0.03, posture=18, cadence=98,
                    stepping=0.85, arm=0.13, frequency=0.88,
                    regularity=0.6, skin=-1.0, altitude=0.004,
                    contact=0.4),
}
# fmt: on

# Activities first, so that an activity's index is that in `ACTIVITIES`.
STATES = {
    **{label: a.state for label, a in ACTIVITY_TABLE.items()},
    **LIFE,
}
STATE_INDEX = {name: i for i, name in enumerate(STATES)}

# Mood: (share of entries, arousal, what it does to the vagal tone). Stress
# raises heart rate and skin conductance and lowers variability; calm does
# the reverse; joyful excitement raises the heart rate but spares the vagus.
MOODS = {
    "calm": (16, -0.5, 0.2),
    "relaxed": (14, -0.45, 0.2),
    "content": (12, -0.15, 0.08),
    "happy": (14, 0.15, 0.05),
    "excited": (7, 0.65, -0.15),
    "stressed": (13, 1.0, -0.32),
    "anxious": (8, 0.9, -0.3),
    "frustrated": (7, 0.75, -0.22),
    "tired": (6, -0.2, 0.0),
    "sad": (3, 0.1, -0.1),
}
