"""Puts load on a served model: many clients at once, for some seconds.

    python examples/serving/load.py --clients 8 --rows 1 --seconds 10
    python examples/serving/load.py --signature caption --rest

Prints requests a second, days a second, and the median, 99th percentile and
longest time of a request. The clients are threads of one process, which is
enough to keep a small server busy; for a large one run several of these.
"""

import argparse
import threading
import time

import numpy as np
from client import GrpcClient
from client import RestClient

from keras_sensorlm.export import request_values
from keras_sensorlm.sensors.simulator import simulate_days

LABELS = ["walk", "run", "swim", "sleep", "yoga"]


def ask(client, signature, values):
    """One request of a signature."""
    if signature == "classify":
        return client.classify(values, LABELS)
    if signature == "caption":
        return client.caption(values, max_length=32)
    return client.embed_sensors(values)


def run_client(make, signature, values, until, times, errors):
    """Asks again and again, and keeps how long each answer took."""
    client = make()
    try:
        while time.perf_counter() < until:
            start = time.perf_counter()
            ask(client, signature, values)
            times.append(time.perf_counter() - start)
    except Exception as error:
        errors.append(error)
    finally:
        client.close()


def measure(make, signature, values, clients, seconds):
    """Times of all requests, in seconds.

    Args:
        make: callable that makes a client.
        signature: str. `"embed"`, `"classify"` or `"caption"`.
        values: array of days; every request sends all of them.
        clients: int. How many ask at once.
        seconds: float. How long.

    Returns:
        Float array of the requests' times.

    Raises:
        Exception: the first that a client met.
    """
    first = make()
    ask(first, signature, values)  # What a cold server needs is not load.
    first.close()
    times, errors = [], []
    until = time.perf_counter() + seconds
    threads = [
        threading.Thread(
            target=run_client,
            args=(make, signature, values, until, times, errors),
        )
        for _ in range(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return np.array(times)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--signature", choices=["embed", "classify", "caption"], default="embed"
    )
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--rows", type=int, default=1, help="days a request")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rest", action="store_true")
    parser.add_argument("--server", help="host and port")
    parser.add_argument("--model", default="sensorlm")
    args = parser.parse_args()

    kind = RestClient if args.rest else GrpcClient
    address = {"address": args.server} if args.server else {}
    values = request_values(simulate_days(args.rows, seed=0))
    start = time.perf_counter()
    times = measure(
        lambda: kind(model=args.model, **address),
        args.signature,
        values,
        args.clients,
        args.seconds,
    )
    took = min(time.perf_counter() - start, args.seconds)
    median, late = 1e3 * np.quantile(times, [0.5, 0.99])
    print(
        f"{args.signature}, {args.clients} clients, {args.rows} days a "
        f"request: {len(times) / took:.1f} requests/s, "
        f"{len(times) * args.rows / took:.1f} days/s, median {median:.1f} ms, "
        f"p99 {late:.1f} ms, longest {1e3 * times.max():.1f} ms"
    )


if __name__ == "__main__":
    main()
