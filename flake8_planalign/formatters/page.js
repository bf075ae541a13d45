"use strict";
(() => {
  const form = document.getElementById("filters");
  const status = document.getElementById("status");
  if (!form) return;
  // Only so many are in the document at once: thousands would make each step of a browser or a screen reader slow.
  const STEP = 200;
  const list = document.querySelector(".findings");
  const items = Array.from(list.children, (node) => ({
    node, severity: node.dataset.severity, view: node.dataset.view, text: node.dataset.text.toLowerCase(),
  }));
  const rest = document.getElementById("rest");
  const [more, all] = rest.querySelectorAll("button");
  let wanted = items;
  let shown = 0;
  const tell = () => {
    const which = shown < wanted.length ? ", the first " + shown + " of them shown" : " shown";
    status.textContent = wanted.length + " of " + items.length + (items.length === 1 ? " finding" : " findings") + which;
    rest.hidden = shown >= wanted.length;
    more.textContent = "Show " + Math.min(STEP, wanted.length - shown) + " more";
    all.textContent = "Show all " + wanted.length;
  };
  const show = (count) => {
    list.append(...wanted.slice(shown, count).map((item) => item.node));
    shown = Math.min(count, wanted.length);
    tell();
  };
  const proceed = (count) => {
    const next = wanted[shown].node;
    show(count);
    next.tabIndex = -1;
    next.focus();
  };
  const apply = () => {
    const severities = new Set(Array.from(form.querySelectorAll("[name=severity]:checked"), (box) => box.value));
    const view = form.elements.view.value;
    const words = form.elements.path.value.toLowerCase().split(/\s+/).filter(Boolean);
    wanted = items.filter((item) => severities.has(item.severity) && (!view || view === item.view)
      && words.every((word) => item.text.includes(word)));
    list.replaceChildren();
    shown = 0;
    show(STEP);
  };
  let waiting = 0;
  form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(apply, 80); });
  form.addEventListener("reset", () => setTimeout(apply, 0));
  form.addEventListener("submit", (event) => event.preventDefault());
  more.addEventListener("click", () => proceed(shown + STEP));
  all.addEventListener("click", () => proceed(wanted.length));
  window.addEventListener("beforeprint", () => show(wanted.length));
  apply();
})();
