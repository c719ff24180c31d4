// Fills a field with what the link carried behind its `#`, which no server and no log has seen, and takes it out of the address: also
// where the page is another one, since it stays in the history of the browser.
const field = document.querySelector('input[data-from-hash]');

take();
// Whoever pastes the link while this page is open loads nothing anew.
addEventListener('hashchange', take);

function take() {
  const text = location.hash.slice(1);
  // A link within the page has an id there.
  if (!text || document.getElementById(text)) return;
  if (field) field.value = text;
  history.replaceState(null, '', location.pathname + location.search);
}
