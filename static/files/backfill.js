// Shows how far the reading of replies from other servers has come. Without this
// module the page says so when it is loaded again.
const box = document.querySelector("[data-backfill]");
const pause = 2_000, longest = 10 * 60_000; // milliseconds
const began = Date.now();

async function look() {
  try {
    const answer = await fetch(box.dataset.backfill);
    if (answer.ok && !answer.redirected) {
      const html = await answer.text();
      if (html.trim() !== box.innerHTML.trim()) box.innerHTML = html;
    }
  } catch {} // no network: asked again
  if (box.querySelector("[data-under-way]") && Date.now() - began < longest) setTimeout(look, pause);
}
setTimeout(look, pause);
