// Shows a page of our own when there is no network, and notifications that the
// server pushes. It keeps that page, with the
// stylesheet and the icons it names, and nothing else: no page a person has read.
const kept = "offline-1";

async function keep() {
  const page = await fetch(`/offline${self.location.search}`, { cache: "no-cache" });
  if (!page.ok) throw new Error(`the offline page answers ${page.status}`);
  const text = await page.clone().text();
  const files = [...text.matchAll(/"(\/static\/[^"#]+)/g)].map((match) => match[1]);
  await caches.delete(kept);
  const cache = await caches.open(kept);
  await cache.put("/offline", page);
  await cache.addAll([...new Set(files)]);
}

self.addEventListener("install", (event) => {
  event.waitUntil(keep().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(self.clients.claim());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const file = new URL(request.url).pathname.startsWith("/static/");
  if (request.method !== "GET" || request.mode !== "navigate" && !file) return;
  event.respondWith(fetch(request).catch(async () => {
    const answer = await caches.match(file ? request : "/offline");
    return answer ?? Response.error();
  }));
});

// Whoever looks at a page of the site sees there what is new.
async function tell({ title, text, path, tag, lang }) {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (pages.some((page) => page.visibilityState === "visible")) return;
  await self.registration.showNotification(title, { body: text, tag, lang, icon: "/static/icon-192.png", data: { path } });
}

async function show(path) {
  const [page] = await self.clients.matchAll({ type: "window" });
  if (!page) return self.clients.openWindow(path);
  await page.navigate(path);
  return page.focus();
}

self.addEventListener("push", (event) => {
  if (event.data) event.waitUntil(tell(event.data.json()));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(show(event.notification.data.path));
});

// A browser that renews its subscription, or whose push service does, tells the
// server its new address; the former one answers that it is gone.
async function renew({ oldSubscription, newSubscription }) {
  const options = oldSubscription?.options;
  const subscription = newSubscription ?? (options && await self.registration.pushManager.subscribe(options));
  if (!subscription) return;
  const { endpoint, keys } = subscription.toJSON();
  await fetch("/settings/notifications/devices", { method: "POST", body: new URLSearchParams({ endpoint, key: keys.p256dh, auth: keys.auth }) });
}

self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));
