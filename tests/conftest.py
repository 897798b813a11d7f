"""Options and fixtures shared by all tests."""

import faulthandler
import os
import pathlib
import shutil
import tempfile

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# One thread in each of pytest's worker processes is faster than many threads
# in each, which fight for the same cores.
if "PYTEST_XDIST_WORKER" in os.environ:
    for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"):
        os.environ.setdefault(name, "1")
# Where worker processes write what they were doing when they died.
_CRASHES = "SENSORLM_TEST_CRASHES"


@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        os.environ[_CRASHES] = tempfile.mkdtemp()
    elif _CRASHES in os.environ:
        # Kept open, and kept from being collected, as long as it is in use.
        config.crash_file = open(
            pathlib.Path(os.environ[_CRASHES], worker), "w"
        )
        faulthandler.enable(config.crash_file)


def pytest_terminal_summary(terminalreporter):
    folder = os.environ.get(_CRASHES)
    if folder is None:
        return
    for path in sorted(pathlib.Path(folder).iterdir()):
        if path.stat().st_size:
            terminalreporter.section(f"{path.name} crashed while in")
            terminalreporter.write_line(path.read_text(errors="replace"))


def pytest_unconfigure():
    if "PYTEST_XDIST_WORKER" not in os.environ:
        shutil.rmtree(os.environ[_CRASHES])


def pytest_addoption(parser):
    parser.addoption(
        "--run-slow",
        action="store_true",
        help="also run tests that take more than a minute",
    )


def pytest_collection_modifyitems(config, items):
    if config.getoption("--run-slow"):
        return
    skip = pytest.mark.skip(reason="slow: run with --run-slow")
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def real_data(tmp_path_factory):
    """Unpacks an archive of real recordings, or skips where there is none.

    The archives lie in a folder named by the environment variable
    `SENSORLM_DATA` or beside the checkout.
    """
    here = pathlib.Path(__file__).resolve().parents[2] / "shared" / "data"
    home = pathlib.Path(os.environ.get("SENSORLM_DATA", here))
    unpacked = {}

    def unpack(name):
        import shutil

        if name not in unpacked:
            archive = home / f"{name}.tar.xz"
            if not archive.exists():
                pytest.skip(f"no real recordings here: {archive.name}")
            target = tmp_path_factory.getbasetemp() / "real"
            shutil.unpack_archive(archive, target, filter="data")
            unpacked[name] = target / name
        return unpacked[name]

    return unpack
