// What pages do beyond HTML. Every page works without it.
"use strict";

(() => {
  const short = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

  // Instants in the viewer's time zone; UTC stays readable as the title.
  function localize(root) {
    for (const time of root.querySelectorAll("time[datetime]:not([data-local])")) {
      const instant = new Date(time.dateTime);
      if (Number.isNaN(instant.valueOf())) continue;
      time.title = `${full.format(instant)} · ${time.textContent.trim()}`;
      time.textContent = short.format(instant);
      time.dataset.local = "";
    }
  }

  function nameTheZone() {
    const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
    for (const place of document.querySelectorAll("[data-zone]")) place.textContent = `Times are in your zone, ${zone}.`;
  }

  // A button that opens and closes what it controls; hidden without scripts, as that is open then.
  function prepareToggles() {
    for (const button of document.querySelectorAll("[data-toggles]")) {
      const target = document.getElementById(button.dataset.toggles);
      const set = (open) => {
        button.setAttribute("aria-expanded", String(open));
        target.classList.toggle("is-closed", !open);
      };
      button.hidden = false;
      set(false);
      button.addEventListener("click", () => set(button.getAttribute("aria-expanded") !== "true"));
    }
  }

  document.addEventListener("submit", (event) => {
    const question = event.target.dataset?.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  });

  localize(document);
  nameTheZone();
  prepareToggles();
  // Parts that htmx or an event stream puts into the page.
  new MutationObserver((changes) => {
    for (const change of changes) {
      for (const node of change.addedNodes) if (node.nodeType === Node.ELEMENT_NODE) localize(node.parentNode ?? node);
    }
  }).observe(document.body, { childList: true, subtree: true });
  // Morphing changes instants in place.
  document.addEventListener("htmx:after:swap", () => localize(document));
})();
