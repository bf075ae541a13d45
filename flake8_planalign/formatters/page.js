"use strict";
(() => {
  const form = document.getElementById("filters");
  const status = document.getElementById("status");
  if (!form) return;
  const items = Array.from(document.querySelectorAll(".findings > li"), (node) => ({
    node, severity: node.dataset.severity, view: node.dataset.view, text: node.dataset.text.toLowerCase(),
  }));
  const apply = () => {
    const severities = new Set(Array.from(form.querySelectorAll("[name=severity]:checked"), (box) => box.value));
    const view = form.elements.view.value;
    const words = form.elements.path.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const item of items) {
      const wanted = severities.has(item.severity) && (!view || view === item.view)
        && words.every((word) => item.text.includes(word));
      if (item.node.hidden === wanted) item.node.hidden = !wanted;
      if (wanted) shown += 1;
    }
    status.textContent = shown + " of " + items.length + (items.length === 1 ? " finding" : " findings") + " shown";
  };
  let waiting = 0;
  form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(apply, 80); });
  form.addEventListener("reset", () => setTimeout(apply, 0));
  form.addEventListener("submit", (event) => event.preventDefault());
  apply();
})();
