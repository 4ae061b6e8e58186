// The page is whole without this. It moves the focus where the reading should go on, keeps options that stand alone
// alone, and says so when a page did not come.

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id === "page") focusFirst(document.querySelector("#page h1"));
});

document.addEventListener("htmx:sendError", () => connection(false));
document.addEventListener("htmx:timeout", () => connection(false));
document.addEventListener("htmx:beforeRequest", () => connection(true));

document.addEventListener("change", (event) => {
  const box = event.target;
  const options = box.closest("[data-options]");
  if (!options || !box.checked) return;
  const alone = "exclusive" in box.dataset;
  for (const other of options.querySelectorAll("input:checked")) {
    if (other !== box && (alone || "exclusive" in other.dataset)) other.checked = false;
  }
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

new MutationObserver(reveal).observe(document.body, { childList: true, subtree: true });
reveal();
focusFirst(null);

function focusFirst(heading) {
  (document.querySelector("[data-focus]") ?? heading)?.focus({ preventScroll: heading === null });
}

function reveal() {
  for (const button of document.querySelectorAll("[data-print][hidden]")) button.hidden = false;
}

function connection(holds) {
  document.getElementById("connection").hidden = holds;
}
