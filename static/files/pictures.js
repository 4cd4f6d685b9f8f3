// Uploads pictures and recordings as soon as they are chosen, dropped or pasted,
// with progress. Without this module they travel with the form.

// posterOf draws a picture of the beginning of a video; null where the browser
// cannot play it. It does not wait for ever.
const posterOf = (file) => new Promise((done) => {
  if (!file.type.startsWith("video/")) return done(null);
  const video = document.createElement("video"), url = URL.createObjectURL(file);
  const finish = (poster) => { clearTimeout(late); URL.revokeObjectURL(url); done(poster); };
  const late = setTimeout(() => finish(null), 8000);
  video.muted = true;
  video.preload = "auto";
  video.onerror = () => finish(null);
  // Many videos begin in black.
  video.onloadeddata = () => { video.currentTime = Math.min(1, (video.duration || 0) / 10); };
  video.onseeked = () => {
    const scale = Math.min(1, 1280 / Math.max(video.videoWidth, video.videoHeight, 1));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(video.videoWidth * scale));
    canvas.height = Math.max(1, Math.round(video.videoHeight * scale));
    canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
    canvas.toBlob(finish, "image/jpeg", .85);
  };
  video.src = url;
});

for (const box of document.querySelectorAll("[data-pictures]")) {
  const part = (name) => box.querySelector(`[data-${name}]`);
  const rows = part("rows"), drop = part("drop"), status = part("status"), form = box.closest("form");
  const input = drop.querySelector("input");
  let queue = Promise.resolve(), waiting = 0;
  part("slots")?.remove();
  drop.hidden = false;

  const send = (file, poster) => new Promise((done) => {
    if (rows.querySelectorAll("[name=picture_id]").length >= Number(box.dataset.most)) {
      status.textContent = box.dataset.full;
      return done();
    }
    const progress = document.createElement("progress");
    progress.max = 1;
    progress.setAttribute("aria-label", `${box.dataset.sending} ${file.name}`);
    status.replaceChildren(`${box.dataset.sending} ${file.name} `, progress);
    const data = new FormData();
    data.append("picture", file);
    if (poster) data.append("poster", poster, "poster.jpg");
    const request = new XMLHttpRequest();
    request.upload.onprogress = (e) => { if (e.lengthComputable) progress.value = e.loaded / e.total; };
    request.onload = () => {
      if (request.status === 201) {
        rows.insertAdjacentHTML("beforeend", request.responseText);
        status.textContent = "";
        rows.lastElementChild.querySelector("textarea").focus();
      } else {
        const plain = request.getResponseHeader("Content-Type")?.startsWith("text/plain");
        status.textContent = plain ? request.responseText : box.dataset.failed;
      }
      done();
    };
    request.onerror = () => { status.textContent = box.dataset.failed; done(); };
    request.open("POST", "/pictures");
    request.send(data);
  });

  const add = (files) => {
    const usable = [...files].filter((f) => /^(image|video|audio)\//.test(f.type));
    for (const file of usable) {
      waiting++;
      queue = queue.then(() => posterOf(file)).then((poster) => send(file, poster)).then(() => { waiting--; });
    }
    return usable.length > 0;
  };

  input.addEventListener("change", () => { add(input.files); input.value = ""; });
  form.addEventListener("paste", (e) => { if (add(e.clipboardData.files)) e.preventDefault(); });
  form.addEventListener("dragover", (e) => {
    if (![...e.dataTransfer.types].includes("Files")) return;
    e.preventDefault();
    drop.classList.add("over");
  });
  form.addEventListener("dragleave", (e) => { if (!form.contains(e.relatedTarget)) drop.classList.remove("over"); });
  form.addEventListener("drop", (e) => {
    drop.classList.remove("over");
    if (!e.dataTransfer.files.length) return;
    e.preventDefault();
    add(e.dataTransfer.files);
  });
  form.addEventListener("submit", (e) => {
    if (!waiting) return;
    e.preventDefault();
    status.textContent = box.dataset.wait;
  });
}
