// The page is whole without this. It moves the focus where the reading should go on, keeps options that stand alone
// alone, and says so when a page did not come.

const TAP = { milliseconds: 500, pixels: 12 };
let tapped = { time: -Infinity, x: 0, y: 0 };
let swapped = -Infinity;

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id !== "page") return;
  swapped = performance.now();
  focusFirst(document.querySelector("#page h1"));
});

// What a proxy answers in our place is no page of ours: leave what stands there, so that it can be sent again.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, serverResponse } = event.detail;
  if (target.id !== "page" || serverResponse.includes('id="page"')) return;
  event.detail.shouldSwap = false;
  connection(false);
});

// The second half of a double tap falls on the page that came after the first: it was not meant for that one.
document.addEventListener(
  "click",
  (event) => {
    const before = tapped;
    tapped = { time: performance.now(), x: event.clientX, y: event.clientY };
    const near = Math.hypot(tapped.x - before.x, tapped.y - before.y) < TAP.pixels;
    const soon = before.time < swapped && tapped.time - swapped < TAP.milliseconds;
    if (event.detail && near && soon) {
      event.preventDefault();
      event.stopPropagation();
    }
  },
  true,
);

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

addEventListener("hashchange", unfold);
unfold();

new MutationObserver(reveal).observe(document.body, { childList: true, subtree: true });
reveal();
focusFirst(null);

function focusFirst(heading) {
  (document.querySelector("[data-focus]") ?? heading)?.focus({ preventScroll: heading === null });
}

// What an address leads to may be folded away, or be what is folded.
function unfold() {
  const place = location.hash && document.getElementById(location.hash.slice(1));
  if (!place) return;
  const folded = [place.querySelector(":scope > details:not([open])"), place.closest("details:not([open])")];
  for (const details of folded) details?.setAttribute("open", "");
  if (folded[1]) place.scrollIntoView();
}

function reveal() {
  for (const button of document.querySelectorAll("[data-print][hidden]")) button.hidden = false;
}

function connection(holds) {
  document.getElementById("connection").hidden = holds;
}
