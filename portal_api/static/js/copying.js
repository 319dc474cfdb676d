// Copies what stands on the page. In: a click on a button with `data-copies`, the id of the element.
// Out: its text on the clipboard, and the button says so. Browsers lend the clipboard to secure
// pages only; on others the button stays hidden, and a click on the text selects it whole.

for (const button of document.querySelectorAll("[data-copies]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = document.getElementById(button.dataset.copies).textContent.trim();
    await navigator.clipboard.writeText(text);
    button.textContent = button.dataset.copied;
  });
}
