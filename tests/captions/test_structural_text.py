import numpy as np

from keras_sensorlm.captions.claims import caption_factuality
from keras_sensorlm.captions.claims import parse
from keras_sensorlm.captions.claims import verify
from keras_sensorlm.captions.hierarchy import HierarchicalCaptioner
from keras_sensorlm.captions.lexicon import GROUPS
from keras_sensorlm.captions.structural import detect
from keras_sensorlm.sensors.day import SensorDay
from keras_sensorlm.sensors.features import feature_index
from tests.captions.days import made_days
from tests.captions.reference_structural import detect as slow_detect


def captioner(**options):
    return HierarchicalCaptioner("middle_level_caption", **options)


def day_of(name, bins, **options):
    values = np.full((1440, 26), np.nan)
    values[:, feature_index(name)] = np.repeat(bins, 40)
    return SensorDay(values, **options)


def test_minutes_are_those_of_the_bins():
    bins = np.full(36, 60.0)
    bins[6:18] = np.linspace(60, 100, 12)
    bins[18:] = 100.0
    claims = parse(captioner().caption(day_of("heart_rate", bins)))
    (rise,) = [c for c in claims if c.direction == "increasing"]
    assert (rise.start_minute, rise.end_minute) == (240, 720)
    # Its levels are those of the first and the last 40 minutes.
    levels = {
        (c.start_minute, c.end_minute): c.value
        for c in claims
        if c.statistic == "mean"
    }
    assert levels[240, 280] == 60.0
    assert levels[680, 720] == 100.0


def test_a_peak_is_told_at_the_middle_of_its_bin():
    bins = np.full(36, 60.0)
    bins[20] = 120.0
    caption = captioner(time="clock").caption(day_of("heart_rate", bins))
    # Bin 20 is 13:20 to 14:00.
    assert "13:40" in caption
    assert "120.0 bpm" in caption
    assert "peak" in {claim.kind for claim in parse(caption)}


def test_tells_exactly_what_a_plain_detector_finds():
    # The reference in this folder shares no code with the library.
    options = {"random_channels": 3, "sentences_per_group": 100}
    teller = captioner(budget=100_000, **options)
    for day in made_days(5, gaps=False):
        claims = [c for c in teller.claims(day) if c.kind != "statistic"]
        names = {claim.channel for claim in claims}
        assert len(names) > 15
        for name in names:
            series = day.values[:, feature_index(name)].astype("float64")
            found = slow_detect(series.reshape(36, 40).mean(axis=1))
            expected = {
                (kind, first * 40, last * 40 + 40)
                for first, last, kind in found["trends"]
            }
            for kind in ("peak", "drop"):
                expected |= {
                    (kind, at * 40, at * 40 + 40) for at in found[f"{kind}s"]
                }
            assert expected == {
                (c.direction or c.kind, c.start_minute, c.end_minute)
                for c in claims
                if c.channel == name
            }


def test_keeps_the_strongest_of_a_group():
    day = made_days(1, gaps=False)[0]
    all_of_them = captioner(sentences_per_group=100, budget=100_000)
    few = captioner(sentences_per_group=2, budget=100_000)

    def by_group(teller):
        found = {group.name: [] for group in GROUPS}
        for claim in teller.claims(day):
            column = feature_index(claim.channel)
            for group in GROUPS:
                if column in group.fixed + group.drawn:
                    found[group.name].append(claim)
        return found

    more, less = by_group(all_of_them), by_group(few)
    for name, claims in less.items():
        events = [c for c in claims if c.kind != "statistic"]
        assert 1 <= len(events) <= 2
        assert set(claims) <= set(more[name])


def test_an_ordinary_day_has_at_most_seven_sentences_a_group():
    for day in made_days(8):
        claims = captioner(groups=["heart"], budget=100_000).claims(day)
        events = [c for c in claims if c.kind != "statistic"]
        assert len(events) <= 7


def test_looks_in_all_channels_before_it_says_that_there_is_nothing():
    bins = np.linspace(700, 900, 36)
    day = day_of("rr_p20", bins)
    claims = captioner(random_channels=0).claims(day)
    assert {claim.channel for claim in claims} == {"rr_p20"}
    flat = SensorDay(np.full((1440, 26), np.nan))
    (claim,) = captioner(groups=["heart", "sleep"]).claims(flat)
    assert (claim.kind, claim.label) == ("no_structure", "heart, sleep")
    assert verify(parse(captioner().caption(flat)), flat)[0].holds


def test_missing_bins_make_no_events():
    bins = np.linspace(60, 100, 36)
    bins[10:] = np.nan
    day = day_of("heart_rate", bins)
    assert not any(detect(bins[None])[0].values())
    assert [c.kind for c in captioner().claims(day)] == ["no_structure"]


def test_extras_are_off_by_default_and_true_when_asked_for():
    step = np.r_[np.full(18, 60.0), np.full(18, 90.0)]
    wave = 60 + 10 * np.sin(2 * np.pi * np.arange(36) / 6)
    for bins, option, kind in (
        (step, "level_shifts", "level_shift"),
        (wave, "rhythms", "rhythm"),
    ):
        day = day_of("heart_rate", bins)
        assert kind not in {c.kind for c in captioner().claims(day)}
        for seed in range(8):
            teller = captioner(seed=seed, **{option: True})
            claims = parse(teller.caption(day))
            assert kind in {claim.kind for claim in claims}
            assert all(verdict.holds for verdict in verify(claims, day))


def test_tells_what_differs_from_the_persons_other_days():
    rng = np.random.default_rng(0)

    def ordinary(i):
        bins = 60 + rng.normal(size=36)
        date = f"2026-01-{i + 1:02}"
        return bins, {"participant": "p", "date": date}

    others = [ordinary(i) for i in range(8)]
    bins, who = ordinary(8)
    bins[12:18] += 40
    others = [day_of("heart_rate", b, **w) for b, w in others]
    today = day_of("heart_rate", bins, **who)
    assert "unusual" not in {c.kind for c in captioner().claims(today)}
    # The day itself is not among its others, even if it is handed in.
    teller = captioner(baseline=[*others, today])
    claims = parse(teller.caption(today))
    unusual = [claim for claim in claims if claim.kind == "unusual"]
    assert unusual[0].direction == "higher"
    assert (unusual[0].start_minute, unusual[0].end_minute) == (480, 720)
    verdicts = verify(claims, today, baseline=others)
    assert all(verdict.holds for verdict in verdicts)
    caption = teller.caption(today)
    assert caption_factuality(caption, today, baseline=others).share == 1.0
    # Without the other days it cannot be told.
    assert not all(v.holds for v in verify(claims, today))
    # Another person's days are no baseline.
    stranger = day_of("heart_rate", bins, participant="q", date=who["date"])
    kinds = {c.kind for c in teller.claims(stranger)}
    assert "unusual" not in kinds
