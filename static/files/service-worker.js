// Shows a page of our own when there is no network. It keeps that page, with the
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
