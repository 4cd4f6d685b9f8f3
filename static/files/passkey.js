// Passkeys: asks the browser for one, puts its answer into the form and sends
// the form. Without this module, or in a browser without passkeys, the forms
// stay hidden.
const able = window.PublicKeyCredential?.parseRequestOptionsFromJSON && PublicKeyCredential.parseCreationOptionsFromJSON;

async function ask(form) {
  const asked = await fetch(form.dataset.options, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  if (asked.redirected) return location.reload(); // signed out meanwhile
  if (!asked.ok) throw new Error(await asked.text());
  const { challenge, options } = await asked.json();
  let credential;
  try {
    credential = form.dataset.passkey === "create"
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  } catch { // the person changed their mind, or the device has none
    throw new Error(form.dataset.failed);
  }
  form.elements.challenge.value = challenge;
  form.elements.answer.value = JSON.stringify(credential);
  form.submit();
}

if (able) {
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const problem = form.querySelector(".problem");
      const button = form.querySelector("button");
      problem.textContent = "";
      button.disabled = true;
      ask(form).catch((error) => { problem.textContent = error.message; }).finally(() => { button.disabled = false; });
    });
  }
  document.querySelector("[data-without-passkeys]")?.remove();
}
