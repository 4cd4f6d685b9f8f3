// Shows and takes times in the reader's own time zone, and counts down to when a
// held post goes out. Without this module they are in the server's zone, which is
// named next to them.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const page = document.documentElement.lang;
const language = page === "en" ? "en-GB" : page; // as the server writes dates

for (const box of document.querySelectorAll("[data-schedule]")) {
  if (!zone) break;
  const at = box.querySelector("[name=publish_at]");
  if (at.dataset.at) {
    const due = new Date(at.dataset.at);
    at.value = new Date(due - due.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  }
  box.querySelector("[name=zone]").value = zone;
  box.querySelector("[data-zone]").textContent = zone;
}

for (const time of document.querySelectorAll("time[data-local]")) {
  time.textContent = new Date(time.dateTime).toLocaleString(language, { year: "numeric", month: "long", day: "numeric", hour: "numeric", minute: "2-digit", timeZoneName: "short" });
}

const timer = document.querySelector("[data-left]");
if (timer) {
  const due = Date.now() + timer.dataset.left * 1000; // the server's clock counts, not this one
  const ticking = setInterval(() => {
    const left = Math.max(0, Math.round((due - Date.now()) / 1000));
    timer.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    if (left > 0) return;
    clearInterval(ticking);
    follow(30);
  }, 500);
}

// follow goes to the post as soon as it is there.
async function follow(times) {
  const answer = await fetch(location.href, { method: "HEAD", redirect: "manual" }).catch(() => undefined);
  if (answer?.type === "opaqueredirect") location.reload();
  else if (times > 0) setTimeout(() => follow(times - 1), 2000);
}
