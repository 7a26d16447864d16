// The progress of a replay, as the server sends it; without scripts the page has a link to load it again.
"use strict";

(() => {
  const part = document.getElementById("progress");
  if (!part?.dataset.events) return;
  const source = new EventSource(part.dataset.events);
  // The server's own template made it, with every value escaped.
  source.onmessage = (event) => { part.innerHTML = event.data; };
  source.addEventListener("ended", () => {
    source.close();
    window.location.reload();  // for the buttons and outcomes that fit now
  });
})();
