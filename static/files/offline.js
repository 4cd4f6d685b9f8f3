// Keeps a page for when there is no network, in the language of this one; see
// service-worker.js.
navigator.serviceWorker?.register(`/service-worker.js?lang=${document.documentElement.lang}`).catch(() => {});
