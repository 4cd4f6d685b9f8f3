// Saves what is being written: on the server, a moment after the last key, or in
// this browser while there is no connection. Without this module a button saves.
const pause = 3000; // milliseconds
const lifetime = 30 * 24 * 60 * 60 * 1000;
const fields = ["forum", "kind", "title", "body", "content_note", "language"];

for (const key of Object.keys(localStorage).filter((k) => k.startsWith("draft "))) {
  if (!(Date.now() - JSON.parse(localStorage[key]).at < lifetime)) localStorage.removeItem(key);
}

for (const form of document.querySelectorAll("form[data-draft]")) {
  const key = `draft ${form.dataset.draft} ${form.getAttribute("action")}`;
  const status = form.querySelector("[data-saved]");
  let timer, saving, sent = false;

  const values = () => new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
  const written = () => ["title", "body"].some((name) => form.elements[name]?.value.trim());
  const keep = (text) => {
    const kept = { at: Date.now() };
    for (const name of fields) if (form.elements[name]) kept[name] = form.elements[name].value;
    localStorage[key] = JSON.stringify(kept);
    status.textContent = text;
  };

  // save tells what came of it: "saved", "refused" by the server, or "offline".
  const save = async () => {
    clearTimeout(timer);
    if (!written()) return "saved";
    const data = values();
    data.set("save", "script");
    data.delete("preview");
    let answer;
    try {
      answer = await fetch(form.action, { method: "POST", body: data, redirect: "manual" });
      if (!answer.ok) throw new Error(answer.status);
      const { id, text } = await answer.json();
      if (!form.elements.draft) form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "draft" }));
      form.elements.draft.value = id;
      localStorage.removeItem(key);
      status.textContent = text;
      return "saved";
    } catch {
      keep(answer ? form.dataset.unsaved : form.dataset.offline);
      return answer ? "refused" : "offline";
    }
  };
  const saveSoon = () => {
    if (sent) return;
    clearTimeout(timer);
    timer = setTimeout(() => { saving = save().finally(() => { saving = undefined; }); }, pause);
  };

  if (localStorage[key]) { // it is newer than what the server has
    const kept = JSON.parse(localStorage[key]);
    for (const name of fields) if (form.elements[name] && kept[name]) form.elements[name].value = kept[name];
    status.textContent = form.dataset.kept;
    saveSoon();
  }
  form.addEventListener("input", saveSoon);
  window.addEventListener("online", () => { if (localStorage[key]) saveSoon(); });

  // What is sent waits for what is being saved, so that no draft of it is left;
  // without a connection it stays here.
  form.addEventListener("submit", async (event) => {
    clearTimeout(timer);
    if (event.defaultPrevented || sent) return;
    if (!saving && !localStorage[key] && navigator.onLine) {
      sent = true;
      return;
    }
    event.preventDefault();
    const { submitter } = event;
    await saving;
    if ((localStorage[key] || !navigator.onLine) && await save() === "offline") return;
    localStorage.removeItem(key); // what the server refuses it says, and shows again
    sent = true;
    form.requestSubmit(submitter);
  });
  window.addEventListener("pageshow", () => { sent = false; });
}
