/**
 * Search and filters. The page is whole without it: the form is shown by it alone. It asks nobody, and makes no markup of any text.
 */
export const SCRIPT = `
"use strict";
(() => {
  const form = document.getElementById("filters");
  const status = document.getElementById("found");
  const text = document.getElementById("search");
  const selects = Array.from(form.querySelectorAll("select"));
  const items = Array.from(document.querySelectorAll("[data-item]"), (element) => ({
    element,
    kind: element.dataset.item,
    blocks: (element.dataset.block || "").split(" "),
    state: element.dataset.state || "",
    severity: element.dataset.severity || "",
    words: element.textContent.toLowerCase().replace(/\\s+/g, " "),
  }));
  const groups = Array.from(document.querySelectorAll("[data-group]"));
  const kinds = [["clause", "clauses"], ["policy", "policies"], ["exception", "exceptions"], ["evidence", "evidence rows"], ["component", "components"]];

  const matches = (item, wanted) =>
    wanted.words.every((word) => item.words.includes(word)) &&
    (wanted.block === "" || item.blocks.includes(wanted.block)) &&
    (wanted.state === "" || item.state === wanted.state) &&
    (wanted.severity === "" || item.severity === wanted.severity);

  const apply = () => {
    const wanted = { words: text.value.toLowerCase().split(/\\s+/).filter((word) => word !== "") };
    for (const select of selects) wanted[select.name] = select.value;
    for (const item of items) item.element.hidden = !matches(item, wanted);
    for (const group of groups) group.hidden = group.querySelector("[data-item]:not([hidden])") === null;
    status.textContent = "Shown: " + kinds.map(([kind, name]) => {
      const all = items.filter((item) => item.kind === kind);
      return all.filter((item) => !item.element.hidden).length + " of " + all.length + " " + name;
    }).join(", ");
  };

  let timer;
  form.hidden = false;
  form.addEventListener("submit", (event) => { event.preventDefault(); apply(); });
  form.addEventListener("reset", () => setTimeout(apply));
  form.addEventListener("change", apply);
  text.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(apply, 150); });
  apply();

  // A link to a policy opens it.
  const open = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target === null) return;
    const item = target.closest("[data-item]");
    if (item !== null && item.hidden) { form.reset(); setTimeout(() => target.scrollIntoView()); }
    if (target.tagName === "DETAILS") target.open = true;
  };
  addEventListener("hashchange", open);
  if (location.hash.length > 1) open();

  // For browsers whose style cannot open what is closed on paper.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = Array.from(document.querySelectorAll("details:not([open])"));
    for (const one of closed) one.open = true;
  });
  addEventListener("afterprint", () => { for (const one of closed) one.open = false; });
})();
`;
