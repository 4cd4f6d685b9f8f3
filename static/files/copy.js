// Buttons that copy an address. Without this module they stay hidden, and the
// address can be selected with one click.
for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!navigator.clipboard) break; // not on pages without TLS
  button.hidden = false;
  button.closest("[hidden]")?.removeAttribute("hidden");
  const label = button.querySelector("[role=status]");
  const before = label.textContent;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    label.textContent = button.dataset.done;
    setTimeout(() => { label.textContent = before; }, 3000);
  });
}
