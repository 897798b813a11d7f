"""The 20 named activities: what each does to a body and to a wrist.

Efforts are shares of the heart rate reserve (0 = asleep, 1 = all out),
chosen after the Compendium of Physical Activities (Ainsworth et al. 2011)
and the intensity bands of the ACSM guidelines (light below 0.4, moderate to
0.6, vigorous above). Cadences are those of walking studies (Tudor-Locke et
al. 2018: 100 steps/min is moderate, 130 vigorous walking). The rest of the
table is our judgement; it is data, so change it here.
"""

import dataclasses


@dataclasses.dataclass(frozen=True)
class State:
    """What somebody does for a while, as the body and the wrist feel it.

    A state is steady, or swings between work and ease (`period` > 0).

    Attributes:
        effort: float. Share of the heart rate reserve while working.
        wander: float. Standard deviation of its slow wandering.
        warm_up: float. Minutes until the full effort.
        period: float. Minutes of one round of work and ease; 0 = steady.
        work: float. Share of a round that is work.
        ease: float. What is left of effort and arm movement in the ease.
        posture: float. Heart rate above lying, bpm.
        cadence: float. Steps a minute while working.
        stepping: float. Share of the working minutes with steps.
        bouts: float. Unplanned walking bouts an hour.
        arm: float. RMS acceleration of the wrist, g.
        frequency: float. Main frequency of the arm, Hz.
        regularity: float. How rhythmic the arm is, 0 to 1.
        skin: float. Skin temperature against that of a room, degC.
        sweat: float. Rise of the log skin conductance in the long run.
        altitude: float. Normalised standard deviation of the altimeter.
        contact: float. Loss of optical beat detection, log odds.
        arousal: float. Mental load, -1 (calm) to 1 (stressed).
    """

    effort: float = 0.0
    wander: float = 0.02
    warm_up: float = 0.0
    period: float = 0.0
    work: float = 1.0
    ease: float = 1.0
    posture: float = 12.0
    cadence: float = 0.0
    stepping: float = 0.0
    bouts: float = 0.0
    arm: float = 0.02
    frequency: float = 1.0
    regularity: float = 0.0
    skin: float = 0.0
    sweat: float = 0.0
    altitude: float = 0.0004
    contact: float = 0.0
    arousal: float = 0.0


@dataclasses.dataclass(frozen=True)
class Activity:
    """A named activity: how it feels, and when people do it.

    Attributes:
        label: str. Its name in events and captions.
        popularity: float. How many sessions are of it, relative.
        minutes: (int, int). Shortest and longest session.
        hours: (float, float). Earliest start and latest end, clock hours.
        season: str. `"winter"`, `"summer"` or `""` for any.
        weekend: float. How much likelier on a free day.
        state: `State`. What it does.
    """

    label: str
    popularity: float
    minutes: tuple
    hours: tuple
    season: str
    weekend: float
    state: State


def _row(label, popularity, minutes, hours, season, weekend, **state):
    state = {"posture": 18.0, "wander": 0.04, "warm_up": 4.0, **state}
    return Activity(
        label, popularity, minutes, hours, season, weekend, State(**state)
    )


# fmt: off
_TABLE = (
    _row("walk", 16, (20, 75), (6, 22), "", 1.3,
         effort=0.33, warm_up=1.5, cadence=109, stepping=0.97, arm=0.17,
         frequency=0.92, regularity=0.75, skin=-0.8, sweat=0.2,
         altitude=0.005, contact=0.4),
    _row("run", 10, (20, 75), (5.5, 21.5), "", 1.2,
         effort=0.74, cadence=166, stepping=0.99, arm=0.58, frequency=1.4,
         regularity=0.9, skin=-1.2, sweat=1.1, altitude=0.008, contact=1.0),
    _row("outdoor bike", 7, (25, 150), (6, 21), "", 2.0,
         effort=0.58, wander=0.09, cadence=10, stepping=0.1, arm=0.13,
         frequency=4.0, regularity=0.12, skin=-1.8, sweat=0.7,
         altitude=0.025, contact=0.7),
    _row("indoor bike", 6, (20, 60), (6, 22), "", 0.8,
         effort=0.48, wander=0.06, warm_up=8, arm=0.075,
         frequency=2.6, regularity=0.35,
         skin=0.3, sweat=1.1, contact=0.5),
    _row("swim", 5, (20, 60), (6.5, 21), "", 1.0,
         effort=0.6, period=7, work=0.85, ease=0.6, posture=6, cadence=14,
         stepping=0.3, arm=0.45, frequency=0.5, regularity=0.85, skin=-4.8,
         sweat=0.9, contact=2.5),
    _row("strength training", 8, (25, 80), (6, 22), "", 0.9,
         effort=0.44, wander=0.05, period=3.4, work=0.4, ease=0.55,
         cadence=14, stepping=0.3, arm=0.17, frequency=0.4, regularity=0.5,
         skin=0.2, sweat=0.8, contact=1.0),
    _row("yoga", 5, (20, 75), (6, 22), "", 1.0,
         effort=0.15, wander=0.03, period=5, work=0.7, ease=0.6, posture=8,
         arm=0.03, frequency=0.15, regularity=0.15, skin=0.5, sweat=0.2,
         arousal=-0.4),
    _row("pilates", 4, (25, 60), (7, 21), "", 0.8,
         effort=0.26, period=4, work=0.7, ease=0.6, posture=8, arm=0.055,
         frequency=0.35, regularity=0.5, skin=0.4, sweat=0.4,
         arousal=-0.1),
    _row("hike", 6, (80, 300), (7, 20), "", 5.0,
         effort=0.46, wander=0.09, period=34, work=0.82, ease=0.4,
         cadence=97, stepping=0.93, arm=0.17, frequency=0.82,
         regularity=0.6, skin=-1.5, sweat=0.7, altitude=0.07, contact=0.6),
    _row("elliptical", 4, (20, 50), (6, 22), "", 0.8,
         effort=0.57, wander=0.02, cadence=126, stepping=0.9, arm=0.27,
         frequency=1.05, regularity=0.93, skin=0.3, sweat=1.2,
         contact=0.5),
    _row("treadmill", 5, (20, 60), (6, 22), "", 0.8,
         effort=0.6, wander=0.02, cadence=140, stepping=0.98, arm=0.3,
         frequency=1.2, regularity=0.93, skin=0.3, sweat=1.2, contact=0.8),
    _row("aerobic workout", 4, (25, 60), (6.5, 21), "", 0.8,
         effort=0.58, wander=0.07, period=6, work=0.85, ease=0.75,
         cadence=84, stepping=0.85, arm=0.38, frequency=1.1,
         regularity=0.5, skin=0.1, sweat=1.2, contact=1.1),
    _row("interval workout", 4, (20, 45), (6, 21), "", 0.8,
         effort=0.86, wander=0.04, period=4, work=0.5, ease=0.35,
         cadence=125, stepping=0.75, arm=0.42, frequency=1.3,
         regularity=0.35, skin=0.0, sweat=1.4, contact=1.3),
    _row("martial arts", 4, (40, 95), (9, 22), "", 0.8,
         effort=0.66, wander=0.06, period=4, work=0.72, ease=0.55,
         cadence=48, stepping=0.75, arm=0.5, frequency=1.6,
         regularity=0.12, skin=0.1, sweat=1.3, contact=1.8),
    _row("tennis", 5, (45, 120), (8, 21), "summer", 1.8,
         effort=0.56, wander=0.08, period=10, work=0.8, ease=0.6,
         cadence=62, stepping=0.9, arm=0.32, frequency=1.0,
         regularity=0.18, skin=-0.6, sweat=0.9, altitude=0.002,
         contact=1.4),
    _row("golf", 5, (110, 270), (7, 19.5), "summer", 3.5,
         effort=0.27, wander=0.03, period=7, work=0.55, ease=0.5,
         cadence=90, stepping=0.9, arm=0.13, frequency=0.85,
         regularity=0.4, skin=-0.4, sweat=0.3, altitude=0.014,
         contact=0.6),
    _row("skiing", 7, (110, 330), (8.5, 17), "winter", 5.0,
         effort=0.5, wander=0.07, period=14, work=0.42, ease=0.35,
         cadence=18, stepping=0.45, arm=0.22, frequency=0.6,
         regularity=0.35, skin=-4.6, sweat=0.4, altitude=0.55,
         contact=1.2),
    _row("snowboarding", 6, (110, 330), (8.5, 17), "winter", 5.0,
         effort=0.44, wander=0.07, period=19, work=0.34, ease=0.32,
         cadence=8, stepping=0.2, arm=0.27, frequency=0.4,
         regularity=0.12, skin=-3.9, sweat=0.5, altitude=0.48,
         contact=1.2),
    _row("kayaking", 4, (40, 150), (7, 20), "summer", 3.0,
         effort=0.46, wander=0.05, period=24, work=0.85, ease=0.45,
         posture=12, cadence=6, stepping=0.1, arm=0.3, frequency=0.55,
         regularity=0.82, skin=-2.4, sweat=0.5, altitude=0.001,
         contact=1.3),
    _row("dance", 4, (25, 110), (10, 23.5), "", 1.2,
         effort=0.5, wander=0.06, period=5, work=0.8, ease=0.5, cadence=92,
         stepping=0.85, arm=0.42, frequency=1.8, regularity=0.4, skin=0.2,
         sweat=0.9, contact=1.3),
)
# fmt: on

ACTIVITY_TABLE = {activity.label: activity for activity in _TABLE}
ACTIVITIES = tuple(ACTIVITY_TABLE)
