// Choosing a sentence of the article fills the quote beside it. Without this the server fills it on saving.
document.addEventListener("change", (event) => {
  const quote = event.target.selectedOptions?.[0]?.dataset.quote;
  if (quote === undefined || !event.target.name?.endsWith("-sentence")) return;
  const field = document.getElementsByName(event.target.name.replace(/sentence$/, "quote"))[0];
  if (field) field.value = quote;
});

// How many boxes of a group are ticked stands beside its name while they are being ticked.
document.addEventListener("change", (event) => {
  const group = event.target.closest?.(".ticks details");
  if (!group) return;
  const summary = group.querySelector("summary");
  const number = group.querySelectorAll("input:checked").length;
  summary.querySelector(".ticked")?.remove();
  if (!number) return;
  const ticked = document.createElement("span");
  ticked.className = "ticked";
  ticked.textContent = `${number} ticked`;
  summary.append(" ", ticked);
});

// What a form was refused for is read first.
document.querySelector(".refused")?.focus();
