"""Reading metrics as Prometheus does: with its own parsers."""

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

Sample = tuple[str, tuple[tuple[str, str], ...]]


def samples_of(registry: CollectorRegistry) -> Callable[..., float]:
    """Return a function that gives a sample's value by its name and labels."""
    found = values_of(text_string_to_metric_families(generate_latest(registry).decode()))
    return lambda name, **labels: found[name, tuple(sorted(labels.items()))]


def values_of(families: Iterable[Metric]) -> dict[Sample, float]:
    """Return all samples by name and labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }
