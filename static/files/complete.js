// Completes @mentions, !forums and #hashtags while they are typed: a list below
// the word, as WAI-ARIA's combobox pattern has it with manual selection. Nothing
// is chosen until an arrow key or a pointer does, so that Enter and Tab keep their
// meaning. Without this module everything is typed out.
const pause = 180; // milliseconds without a key
const word = /(?:^|[^\p{L}\p{N}_/@#!&=?.:-])([@!][\w.-]+(?:@[\w.:-]*)?|#[\p{L}\p{N}_]+)$/u;

for (const field of document.querySelectorAll("textarea[data-complete]")) {
  const list = Object.assign(document.createElement("ul"), { id: `${field.id}-options`, className: "options", hidden: true });
  const status = Object.assign(document.createElement("span"), { className: "hidden" });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", field.dataset.options);
  status.setAttribute("role", "status");
  field.after(list, status);
  field.parentElement.classList.add("completes");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-haspopup", "listbox");
  field.setAttribute("autocomplete", "off");
  let timer, running, begun = "", chosen = -1;

  // The word that ends at the caret, "" for none.
  const wordBefore = () => field.selectionStart === field.selectionEnd && word.exec(field.value.slice(0, field.selectionStart))?.[1] || "";

  function close() {
    clearTimeout(timer);
    running?.abort();
    begun = "";
    choose(-1);
    list.hidden = true;
    list.replaceChildren();
    status.textContent = "";
    field.removeAttribute("aria-controls");
  }

  function choose(i) {
    chosen = i;
    [...list.children].forEach((option, j) => option.setAttribute("aria-selected", String(i === j)));
    if (i < 0) return field.removeAttribute("aria-activedescendant");
    field.setAttribute("aria-activedescendant", list.children[i].id);
    list.children[i].scrollIntoView({ block: "nearest" });
  }

  function accept(i) {
    const text = list.children[i].dataset.text + " ";
    const end = field.selectionStart, start = end - begun.length;
    close();
    field.focus();
    field.setRangeText(text, start, end, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    close();
  }

  // Where the word begins, in pixels from the corner of the field: a copy of the
  // field is measured, since a field does not tell.
  function place() {
    const copy = document.createElement("div"), style = getComputedStyle(field);
    for (const name of ["font", "letterSpacing", "lineHeight", "padding", "border", "direction", "textAlign", "overflowWrap"]) copy.style[name] = style[name];
    Object.assign(copy.style, { position: "absolute", visibility: "hidden", whiteSpace: "pre-wrap", boxSizing: "border-box", width: `${field.clientWidth + 2}px`, insetBlockStart: "0" });
    copy.textContent = field.value.slice(0, field.selectionStart - begun.length);
    const mark = Object.assign(document.createElement("span"), { textContent: begun });
    copy.append(mark);
    field.parentElement.append(copy);
    const top = field.offsetTop + mark.offsetTop + mark.offsetHeight - field.scrollTop;
    const left = Math.max(0, Math.min(mark.offsetLeft, field.offsetWidth - list.offsetWidth));
    copy.remove();
    list.style.top = `${Math.min(top, field.offsetTop + field.offsetHeight) + 4}px`;
    list.style.left = `${field.offsetLeft + left}px`;
  }

  function show({ status: text, options }) {
    chosen = -1;
    field.removeAttribute("aria-activedescendant");
    list.replaceChildren(...options.map(({ text, name }, i) => {
      const option = Object.assign(document.createElement("li"), { id: `${field.id}-option-${i}` });
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.dataset.text = text;
      option.append(Object.assign(document.createElement("b"), { textContent: text }));
      if (name) option.append(" ", Object.assign(document.createElement("span"), { textContent: name, dir: "auto" }));
      return option;
    }));
    list.hidden = options.length === 0;
    status.textContent = options.length ? text : "";
    if (!options.length) return;
    field.setAttribute("aria-controls", list.id);
    place();
  }

  async function look() {
    running?.abort();
    running = new AbortController();
    try {
      const answer = await fetch(`${field.dataset.complete}?${new URLSearchParams({ word: begun })}`, { signal: running.signal });
      if (answer.ok && !answer.redirected) show(await answer.json());
    } catch {} // another key was pressed, or there is no network: neither is worth a word
  }

  function follow() {
    const now = wordBefore();
    if (now === begun) return;
    if (now.length < 2) return close();
    begun = now;
    clearTimeout(timer);
    timer = setTimeout(look, pause);
  }

  field.addEventListener("input", follow);
  field.addEventListener("click", () => { if (wordBefore() !== begun) close(); });
  field.addEventListener("blur", close);
  field.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing) return;
    const n = list.children.length;
    switch (event.key) {
      case "ArrowDown": choose((chosen + 1) % n); break;
      case "ArrowUp": choose((chosen < 1 ? n : chosen) - 1); break;
      case "Escape": close(); break;
      case "Enter": case "Tab":
        if (chosen < 0) return close();
        accept(chosen); break;
      case "ArrowLeft": case "ArrowRight": case "Home": case "End": return close();
      default: return;
    }
    event.preventDefault();
  });
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) accept([...list.children].indexOf(option));
  });
}
