// Narrows the list of operations while one types; what the server finds is the same, in every source.
const field = document.querySelector('[role="search"] input[name="q"]');
const items = [...document.querySelectorAll('[data-narrow]')];
const status = document.querySelector('[data-narrow-status]');

if (field && items.length > 0) {
  const texts = new Map(items.map((item) => [item, item.textContent.toLowerCase()]));
  field.addEventListener('input', () => narrow(texts, field.value));
}

function narrow(texts, typed) {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const [item, text] of texts) {
    item.hidden = !words.every((word) => text.includes(word));
    if (!item.hidden) count += 1;
  }
  for (const group of document.querySelectorAll('[data-narrow-group]')) {
    group.hidden = !group.querySelector('[data-narrow]:not([hidden])');
  }
  status.textContent = `${count} shown`;
}
