// Lets this browser show notifications: asks the person, then the browser, and
// sends the form with what the browser answers. Without this module, or in a
// browser without web push, the form stays hidden.
const form = document.querySelector("form[data-push]");

async function subscribe() {
  if (await Notification.requestPermission() !== "granted") throw new Error(form.dataset.denied);
  const worker = await navigator.serviceWorker.ready;
  const options = { userVisibleOnly: true, applicationServerKey: form.dataset.push };
  let subscription;
  try {
    subscription = await worker.pushManager.subscribe(options);
  } catch (error) {
    if (error.name !== "InvalidStateError") throw new Error(form.dataset.failed);
    await (await worker.pushManager.getSubscription())?.unsubscribe(); // of a key the server had before
    subscription = await worker.pushManager.subscribe(options);
  }
  const { endpoint, keys } = subscription.toJSON();
  Object.entries({ endpoint, key: keys.p256dh, auth: keys.auth }).forEach(([name, value]) => { form.elements[name].value = value; });
  form.submit();
}

if (form && "PushManager" in window && "Notification" in window && navigator.serviceWorker) {
  form.hidden = false;
  document.querySelector("[data-without-push]")?.remove();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const problem = form.querySelector(".problem");
    const button = form.querySelector("button");
    problem.textContent = "";
    button.disabled = true;
    subscribe().catch((error) => { problem.textContent = error.message; }).finally(() => { button.disabled = false; });
  });
}
