// Draws the boxes that cover parts of a picture, with the pointer or with keys. What
// is sent are the same numbers as without this module; the server covers the
// picture.
for (const form of document.querySelectorAll("[data-redact]")) {
  const part = (name) => form.querySelector(`[data-${name}]`);
  const image = form.querySelector("img"), canvas = form.querySelector("canvas"), boxes = part("boxes"), status = part("status"), cover = part("cover");
  const context = canvas.getContext("2d"), list = [];
  let chosen = -1, from = null;
  boxes.replaceChildren();
  part("stage").hidden = false;
  image.hidden = true;

  const limit = (n, most) => Math.min(Math.max(n, 0), most);
  const draw = () => {
    const w = canvas.width, h = canvas.height;
    context.drawImage(image, 0, 0, w, h);
    list.forEach((b, i) => {
      const [x, y, bw, bh] = [b.left * w / 100, b.top * h / 100, b.width * w / 100, b.height * h / 100];
      context.fillStyle = b.cover === "blur" ? "rgba(128,128,128,.92)" : "#000";
      context.fillRect(x, y, bw, bh);
      if (i === chosen) {
        context.strokeStyle = "#ff7a52";
        context.lineWidth = Math.max(2, w / 300);
        context.strokeRect(x, y, bw, bh);
      }
    });
    boxes.replaceChildren(...list.flatMap((b, i) => ["left", "top", "width", "height", "cover"].map((name) => {
      const input = document.createElement("input");
      input.type = "hidden";
      input.name = `${name}-${i + 1}`;
      input.value = name === "cover" ? b.cover : b[name].toFixed(2);
      return input;
    })));
    const b = list[chosen];
    status.textContent = b ? `${form.dataset.box} ${chosen + 1}/${list.length}: ${Math.round(b.left)} %, ${Math.round(b.top)} %, ${Math.round(b.width)} × ${Math.round(b.height)} %, ${form.dataset[b.cover]}` : "";
  };
  const add = (b) => {
    if (list.length >= Number(form.dataset.most)) return;
    list.push({ cover: cover.value, ...b });
    chosen = list.length - 1;
    draw();
  };
  const drop = () => {
    if (chosen < 0) return;
    list.splice(chosen, 1);
    chosen = list.length - 1;
    draw();
  };
  const at = (e) => {
    const r = canvas.getBoundingClientRect();
    return { x: limit((e.clientX - r.left) / r.width * 100, 100), y: limit((e.clientY - r.top) / r.height * 100, 100) };
  };
  canvas.addEventListener("pointerdown", (e) => {
    const p = at(e), hit = list.findLastIndex((b) => p.x >= b.left && p.x <= b.left + b.width && p.y >= b.top && p.y <= b.top + b.height);
    if (hit >= 0) {
      chosen = hit;
      return draw();
    }
    from = p;
    canvas.setPointerCapture(e.pointerId);
  });
  canvas.addEventListener("pointermove", (e) => {
    if (!from) return;
    const p = at(e), w = canvas.width / 100, h = canvas.height / 100;
    draw();
    context.strokeStyle = "#ff7a52";
    context.lineWidth = Math.max(2, canvas.width / 300);
    context.strokeRect(from.x * w, from.y * h, (p.x - from.x) * w, (p.y - from.y) * h);
  });
  canvas.addEventListener("pointerup", (e) => {
    if (!from) return;
    const p = at(e), b = { left: Math.min(from.x, p.x), top: Math.min(from.y, p.y), width: Math.abs(from.x - p.x), height: Math.abs(from.y - p.y) };
    from = null;
    if (b.width > .5 && b.height > .5) add(b);
  });
  canvas.addEventListener("keydown", (e) => {
    const b = list[chosen], by = e.altKey ? .2 : 2;
    const step = { ArrowLeft: [-by, 0], ArrowRight: [by, 0], ArrowUp: [0, -by], ArrowDown: [0, by] }[e.key];
    if (step && b) {
      if (e.shiftKey) {
        b.width = Math.max(.5, limit(b.width + step[0], 100 - b.left));
        b.height = Math.max(.5, limit(b.height + step[1], 100 - b.top));
      } else {
        b.left = limit(b.left + step[0], 100 - b.width);
        b.top = limit(b.top + step[1], 100 - b.height);
      }
    } else if ((e.key === "n" || e.key === "+") && list.length > 0) chosen = (chosen + 1) % list.length;
    else if (e.key === "Enter") return e.preventDefault(), add({ left: 40, top: 45, width: 20, height: 10 });
    else if (e.key === "Delete" || e.key === "Backspace") drop();
    else return;
    e.preventDefault();
    draw();
  });
  cover.addEventListener("change", () => {
    if (list[chosen]) list[chosen].cover = cover.value;
    draw();
  });
  part("add").addEventListener("click", () => { add({ left: 40, top: 45, width: 20, height: 10 }); canvas.focus(); });
  part("drop").addEventListener("click", drop);
  const ready = () => {
    canvas.width = image.naturalWidth;
    canvas.height = image.naturalHeight;
    draw();
  };
  if (image.complete && image.naturalWidth) ready();
  else image.addEventListener("load", ready);
}
