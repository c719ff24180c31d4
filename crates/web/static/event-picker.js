// Narrows the events of a form to those that have what is typed, and ticks all in sight.
for (const picker of document.querySelectorAll('[data-event-picker]')) {
  const field = picker.querySelector('input[type="search"]');
  const status = picker.querySelector('[role="status"]');
  const groups = [...picker.querySelectorAll('[data-event-group]')];
  picker.querySelector('[data-event-search]').hidden = false;

  field.addEventListener('input', () => {
    const wanted = field.value.trim().toLowerCase();
    let count = 0;
    for (const group of groups) {
      let shown = 0;
      for (const choice of group.querySelectorAll('.choice')) {
        choice.hidden = !choice.textContent.toLowerCase().includes(wanted);
        shown += choice.hidden ? 0 : 1;
      }
      group.hidden = !shown;
      count += shown;
    }
    status.textContent = wanted ? `${count} events have this in their name or description.` : '';
  });
  // Enter in the field would send the form.
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') event.preventDefault();
  });
  picker.addEventListener('click', ({ target }) => {
    const button = target.closest('[data-select-all]');
    if (!button) return;
    const boxes = [...button.closest('[data-event-group]').querySelectorAll('.choice:not([hidden]) input')];
    const isAll = boxes.every((box) => box.checked);
    for (const box of boxes) box.checked = !isAll;
  });
  for (const button of picker.querySelectorAll('[data-select-all]')) button.hidden = false;
}
