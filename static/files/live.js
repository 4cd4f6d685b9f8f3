// Tells what is new while a page is read: the number at the bell, and a line that
// leads to new replies or threads. Nothing that is read moves. Only a page that is
// seen listens, because browsers open few connections to one server.
const line = document.querySelector("[data-stream]");
const bell = document.querySelector("[data-bell]");
const link = line.querySelector("a"); // none where only the bell is told
const news = link?.parentElement;
let source;
let since = "";

function listen() {
  if (source || document.hidden) return;
  const address = new URL(line.dataset.stream, location.href);
  if (since) address.searchParams.set("since", since);
  source = new EventSource(address);
  source.addEventListener("start", (event) => { since = event.lastEventId; });
  source.addEventListener("unread", (event) => showUnread(JSON.parse(event.data)));
  source.addEventListener("news", (event) => showNews(JSON.parse(event.data)));
  source.addEventListener("error", () => {
    if (source?.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    rest();
    setTimeout(listen, 60_000);
  });
}

function rest() {
  source?.close();
  source = undefined;
}

function showUnread({ count, number, text }) {
  if (!bell) return;
  const badge = bell.querySelector("b");
  badge.hidden = count === 0;
  badge.textContent = number;
  const words = bell.querySelector("[aria-live]");
  if (words.textContent !== text) words.textContent = text;
}

function showNews({ count, text }) {
  if (!link) return;
  news.hidden = count === 0;
  link.textContent = text;
}

function hideNews() {
  if (news?.contains(document.activeElement)) document.activeElement.blur();
  if (news) news.hidden = true; // until there is more
}

link?.addEventListener("click", (event) => {
  if (link.pathname + link.search !== location.pathname + location.search) return;
  event.preventDefault(); // the page itself: to follow the link would only scroll
  location.hash = link.hash;
  location.reload();
});
news?.querySelector("button").addEventListener("click", hideNews);
document.addEventListener("keydown", (event) => { if (event.key === "Escape") hideNews(); });
document.addEventListener("visibilitychange", () => (document.hidden ? rest() : listen()));
addEventListener("pagehide", rest);
addEventListener("pageshow", listen);
listen();
