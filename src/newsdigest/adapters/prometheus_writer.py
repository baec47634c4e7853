"""Figures in the text format Prometheus reads. Made anew at each look: the database is the truth, not this process."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from newsdigest.model.figures import Figure


def write(figures: Sequence[Figure]) -> bytes:
    """Return the exposition of the figures; those of one name share their help and label names."""
    registry = CollectorRegistry()
    gauges: dict[str, Gauge] = {}
    for figure in figures:
        names = [name for name, _ in figure.labels]
        if figure.name not in gauges:
            gauges[figure.name] = Gauge(figure.name, figure.meaning, names, registry=registry)
        gauge = gauges[figure.name]
        (gauge.labels(*(value for _, value in figure.labels)) if names else gauge).set(figure.value)
    return generate_latest(registry)
