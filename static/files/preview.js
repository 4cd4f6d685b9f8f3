// Shows what is being written as it is going to look, drawn by the server a moment
// after the last key. Whether it does is remembered in this browser. Without this
// module a button shows it.
const pause = 600; // milliseconds

for (const box of document.querySelectorAll("[data-preview]")) {
  const form = box.closest("form");
  const wanted = box.querySelector("input");
  const place = box.querySelector("section");
  const names = ["title", "content_note", "body", "feeling"].filter((name) => form.elements[name]);
  let timer, running, drawn;

  const hide = () => { place.hidden = true; place.replaceChildren(); drawn = undefined; };
  const draw = async () => {
    running?.abort();
    if (!wanted.checked || !form.elements.body.value.trim()) return hide();
    const text = new URLSearchParams(names.map((name) => [name, form.elements[name].value]));
    if (text.toString() === drawn) return;
    running = new AbortController();
    try {
      const answer = await fetch(box.dataset.preview, { method: "POST", body: text, signal: running.signal });
      if (!answer.ok || answer.redirected) return;
      place.innerHTML = await answer.text();
      place.hidden = false;
      drawn = text.toString();
    } catch {} // another key was pressed, or there is no network: neither is worth a word
  };

  wanted.checked = localStorage["live preview"] !== "off";
  wanted.addEventListener("change", () => {
    localStorage["live preview"] = wanted.checked ? "on" : "off";
    draw();
  });
  form.addEventListener("input", ({ target }) => {
    if (!names.includes(target.name)) return;
    clearTimeout(timer);
    timer = setTimeout(draw, pause);
  });
  box.hidden = false;
  draw();
}
