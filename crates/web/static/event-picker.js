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
    rename();
    status.textContent = wanted ? `${count} events have this in their name or description.` : '';
  });
  // Enter in the field would send the form.
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') event.preventDefault();
  });
  const inSight = (group) => [...group.querySelectorAll('.choice:not([hidden]) input')];
  const isAll = (group) => inSight(group).every((box) => box.checked);
  // The button says what it does: its first text is in sight, the rest says to screen readers of which group.
  const rename = () => {
    for (const group of groups) {
      group.querySelector('[data-select-all]').firstChild.data = isAll(group) ? 'Clear all' : 'Select all';
    }
  };
  picker.addEventListener('click', ({ target }) => {
    const group = target.closest('[data-select-all]')?.closest('[data-event-group]');
    if (!group) return;
    const wanted = !isAll(group);
    for (const box of inSight(group)) box.checked = wanted;
    rename();
  });
  picker.addEventListener('change', rename);
  for (const button of picker.querySelectorAll('[data-select-all]')) button.hidden = false;
  rename();
}
