// The chart of a store's sales by day, drawn from the table of the same figures, which is folded away then.
"use strict";

(() => {
  const DAY = 86400;

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function draw(place, table, reading) {
    const rows = [...table.querySelectorAll("tr[data-day]")];
    const days = rows.map((row) => Date.parse(`${row.dataset.day}T00:00:00Z`) / 1000);
    const totals = rows.map((row) => Number(row.dataset.total));
    const axis = { stroke: colour("--text-muted"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
    const short = new Intl.NumberFormat(undefined, { notation: "compact" });
    const full = new Intl.NumberFormat(undefined, { style: "currency", currency: place.dataset.currency });
    const options = {
      width: place.clientWidth,
      height: 220,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      scales: { x: { range: [days[0] - DAY / 2, days[days.length - 1] + DAY / 2] }, y: { range: (_, least, most) => [Math.min(0, least), most || 1] } },
      axes: [
        { ...axis, grid: { show: false }, space: 60, incrs: [DAY, 2 * DAY, 5 * DAY, 7 * DAY], values: "{D} {MMM}" },
        { ...axis, size: 56, values: (_, values) => values.map((value) => short.format(value)) },
      ],
      series: [
        {},
        {
          fill: colour("--accent"),
          width: 0,
          paths: uPlot.paths.bars({ size: [0.7, 48] }),
          points: { show: false },
        },
      ],
      legend: { show: false },
      hooks: {
        setCursor: [(chart) => {
          const at = chart.cursor.idx;
          if (at !== null && at !== undefined) reading.textContent = `${rows[at].cells[0].textContent}: ${full.format(totals[at])}`;
        }],
      },
    };
    place.replaceChildren();
    return new uPlot(options, [days, totals], place);
  }

  for (const place of document.querySelectorAll("[data-chart]")) {
    const table = document.getElementById(place.dataset.chart);
    const reading = document.querySelector(`[data-reading="${place.dataset.chart}"]`);
    place.hidden = false;
    reading.hidden = false;
    table.closest("[data-chart-table]").open = false;
    let chart = draw(place, table, reading);
    new ResizeObserver(() => chart.setSize({ width: place.clientWidth, height: 220 })).observe(place);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      chart.destroy();
      chart = draw(place, table, reading);
    });
  }
})();
