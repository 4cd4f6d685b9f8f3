// Offers companies while their name is typed, and the products of the one that was
// chosen, in the browser's own list. Without this module both are typed out.
const pause = 180, shortest = 2; // milliseconds without a key; characters
const [company, product] = ["company", "product"].map((id) => document.getElementById(id));
let timer, running, of;

function fill(field, offers) {
  field.list.replaceChildren(...offers.map(({ value, label }) => Object.assign(document.createElement("option"), { value, label: label ?? "" })));
}

async function ask(field, query) {
  running?.abort();
  running = new AbortController();
  try {
    const answer = await fetch(`${field.dataset.offers}?${new URLSearchParams(query)}`, { signal: running.signal });
    if (answer.ok && !answer.redirected) fill(field, await answer.json());
  } catch {} // another key was pressed, or there is no network: neither is worth a word
}

company.addEventListener("input", () => {
  clearTimeout(timer);
  const begun = company.value.trim();
  if ([...company.list.options].some((option) => option.value === begun)) return; // chosen
  timer = setTimeout(() => begun.length < shortest ? fill(company, []) : ask(company, { begun }), pause);
});
product.addEventListener("focus", () => {
  if (of === company.value) return;
  clearTimeout(timer);
  of = company.value;
  ask(product, { company: of });
});
