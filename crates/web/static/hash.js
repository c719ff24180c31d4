// Fills a field with what the link carried behind its `#`, which no server and no log has seen, and takes it out of the address.
const field = document.querySelector('input[data-from-hash]');
const text = location.hash.slice(1);

// A link within the page has an id there.
if (field && text && !document.getElementById(text)) {
  field.value = text;
  history.replaceState(null, '', location.pathname + location.search);
}
