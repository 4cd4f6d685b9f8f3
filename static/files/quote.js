// Quotes only what is selected in a post, where something is. Without this module
// the whole post is quoted, to be cut by hand.
const longest = 1500; // characters
let selected = { text: "", within: undefined };

// Pressing a link may end the selection, so it is remembered as it was.
document.addEventListener("selectionchange", () => {
  const selection = document.getSelection();
  const text = selection.toString().trim();
  if (text) selected = { text, within: selection.getRangeAt(0).commonAncestorContainer };
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-quote]");
  if (!link) {
    if (!event.target.closest("details.menu") && document.getSelection().isCollapsed) selected = { text: "", within: undefined };
    return;
  }
  const post = link.closest(".reply > .body, .root");
  if (!selected.text || !post?.contains(selected.within)) return;
  const address = new URL(link.href);
  address.searchParams.set("part", selected.text.slice(0, longest));
  link.href = address;
});
