"""Metrics of all processes of one machine, added up.

With CAREPOOL_METRICS each process counts in files of one folder, and whoever is asked adds them up; without it a process
tells only its own.
"""

import os
from collections.abc import Iterator

from prometheus_client import REGISTRY, CollectorRegistry, generate_latest, start_http_server
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from carepool import canaries
from carepool.notifications.standing import told_standings
from tenants.refusals import Refused


class _Noted(Collector):
    """What all processes noted in Redis as gauges: the last canary of each queue, where channels stand."""

    def __init__(self, redis_url: str) -> None:
        self.redis_url = redis_url

    def collect(self) -> Iterator[Metric]:
        """Yield ages and delays in seconds, and numbers of messages and states."""
        ages = GaugeMetricFamily("carepool_canary_age_seconds", "Time since the last canary came out", labels=["queue"])
        delays = GaugeMetricFamily("carepool_queue_delay_seconds", "Time that canary had waited", labels=["queue"])
        for name, canary in canaries.told(self.redis_url).items():
            if canary is not None:
                ages.add_metric([name], canary.age())
                delays.add_metric([name], canary.delay)
        yield ages
        yield delays
        waiting = GaugeMetricFamily("carepool_channel_waiting", "Messages that should be out", labels=["channel"])
        stuck = GaugeMetricFamily("carepool_channel_stuck", "States whose channel is stuck", labels=["channel"])
        for name, standing in told_standings(self.redis_url).items():
            waiting.add_metric([name], standing["waiting"])
            stuck.add_metric([name], standing["stuck"])
        yield waiting
        yield stuck


def _registry() -> CollectorRegistry:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    made = CollectorRegistry()
    MultiProcessCollector(made)  # type: ignore[no-untyped-call]
    return made


def exposition(redis_url: str) -> bytes:
    """Return all metrics and the canaries in Prometheus' text format."""
    own = CollectorRegistry()
    own.register(_Noted(redis_url))
    return generate_latest(_registry()) + generate_latest(own)


def listen(port: int) -> None:
    """Show the metrics on a port of their own, for a process that serves no pages; 0 shows none. Raises Refused."""
    if not port:
        return
    try:
        start_http_server(port, registry=_registry())
    except OSError as error:
        raise Refused(f"METRICS_PORT: the port {port} cannot be used. {error.strerror}.") from None
