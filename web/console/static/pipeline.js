// The page Pipeline: charts, and figures that the server sends every two seconds.
"use strict";

(() => {
  const target = document.getElementById("pipeline-state");
  const label = document.querySelector("[data-stream-state]");
  const charts = [];

  function show(words, tone) {
    label.textContent = words;
    label.className = `badge badge--${tone}`;
  }

  function color(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function draw(place) {
    const time = (seconds) => new Date(seconds * 1000).toLocaleTimeString([], { timeStyle: "medium" });
    const axis = { stroke: color("--text-muted"), grid: { stroke: color("--chart-grid"), width: 1 }, ticks: { show: false } };
    const line = color(place.dataset.tone);
    const chart = new uPlot({
      width: place.clientWidth,
      height: 180,
      legend: { show: false },
      cursor: { y: false, points: { show: false } },
      scales: { y: { range: (_, _low, high) => [0, Math.max(high * 1.1, 1)] } },
      axes: [{ ...axis, size: 28, space: 90, values: (_, ticks) => ticks.map(time) }, { ...axis, size: 48, values: (_, ticks) => ticks.map((tick) => tick.toLocaleString()) }],
      series: [{}, { stroke: line, width: 2, fill: `${line}22`, points: { show: false } }],
    }, [[], []], place);
    new ResizeObserver(() => chart.setSize({ width: place.clientWidth, height: 180 })).observe(place);
    return { chart, field: place.dataset.chart };
  }

  function update(state) {
    if (state.error) {
      show("Database away", "danger");
      return;
    }
    show("Live", "success");
    // Rendered and escaped by the server, as the page itself. Morphing keeps focus and scroll positions.
    htmx.swap({ target, sourceElement: target, text: state.html, swap: "innerMorph", transition: false });
    const times = state.samples.map((sample) => sample.at);
    for (const { chart, field } of charts) chart.setData([times, state.samples.map((sample) => sample[field])]);
  }

  document.querySelector("[data-charts]").hidden = false;
  for (const place of document.querySelectorAll("[data-chart]")) charts.push(draw(place));
  show("Connecting", "neutral");
  const stream = new EventSource(target.dataset.stream);
  stream.addEventListener("state", (event) => update(JSON.parse(event.data)));
  stream.addEventListener("error", () => show("Reconnecting", "warning"));
})();
