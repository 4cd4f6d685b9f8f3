// Sharing with the apps of a device, where it can.
for (const item of document.querySelectorAll("[data-share]")) {
  const what = { title: item.dataset.title, url: item.dataset.share };
  if (!navigator.canShare?.(what)) continue;
  item.hidden = false;
  item.querySelector("button").addEventListener("click", () => {
    navigator.share(what).catch(() => {}); // the person changed their mind
  });
}
