// Loads a video from its server, and only once it is asked for. Without this
// module the card is a link.
for (const button of document.querySelectorAll("button[data-player]")) {
  if (!button.hidden) continue; // cards may share this module
  button.hidden = false;
  button.addEventListener("click", () => {
    const frame = document.createElement("iframe");
    frame.title = button.dataset.title;
    frame.allow = "fullscreen; picture-in-picture";
    frame.referrerPolicy = "strict-origin"; // some refuse to play for they know not whom
    frame.setAttribute("sandbox", "allow-scripts allow-same-origin allow-popups allow-presentation");
    frame.src = button.dataset.player;
    button.replaceWith(frame);
    frame.focus();
  });
}
