// Shows threads like the one whose title is being typed. Without this module they
// are shown with the preview.
const box = document.querySelector("[data-similar]");
const [list, status] = box.children;
const { title, forum } = box.closest("form").elements;
const pause = 500, shortest = 4; // milliseconds without a key; characters
let timer, running, asked;

function show(html) {
  list.innerHTML = html;
  status.textContent = list.querySelector("h2")?.textContent ?? "";
}

async function look() {
  const query = new URLSearchParams({ title: title.value.trim(), forum: forum.value }).toString();
  if (query === asked) return;
  asked = query;
  running?.abort();
  if (title.value.trim().length < shortest) return show("");
  running = new AbortController();
  try {
    const answer = await fetch(`${box.dataset.similar}?${query}`, { signal: running.signal });
    if (answer.ok && !answer.redirected) show(await answer.text());
  } catch {} // another key was pressed, or there is no network: neither is worth a word
}

for (const field of [title, forum]) {
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, pause);
  });
}
