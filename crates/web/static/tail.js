// Puts new deliveries above the others while somebody watches, and says politely how many came.
const ROWS_MAX = 100;
const SAID_MS = 4000;

for (const tail of document.querySelectorAll('[data-tail]')) watch(tail);

function watch(tail) {
  const button = tail.querySelector('button');
  const status = tail.querySelector('[role="status"]');
  const say = (text) => { status.textContent = text; };
  let source = null;
  let count = 0;
  let timer = 0;
  button.hidden = false;
  tail.querySelector('[data-without-tail]').remove();

  button.addEventListener('click', () => (source ? pause() : start()));
  addEventListener('pagehide', stop);

  function start() {
    source = new EventSource(tail.dataset.tail);
    source.addEventListener('open', () => say('Live: new deliveries appear above the others.'));
    source.addEventListener('deliveries', take);
    source.addEventListener('ended', ({ data }) => end(data));
    source.addEventListener('error', () => {
      // It comes back by itself unless it was refused.
      if (source?.readyState === EventSource.CLOSED) end('The live view was refused: close one in another tab, or reload the page.');
      else say('The connection is gone: trying again.');
    });
    button.textContent = 'Pause';
    say('Connecting.');
  }

  function stop() {
    source?.close();
    source = null;
    button.textContent = 'Watch live';
  }

  function pause() {
    stop();
    say('Paused. What comes meanwhile is shown when you go on.');
  }

  function end(text) {
    stop();
    say(text);
  }

  function take({ data }) {
    // The same markup that the page has: texts in it are escaped, and a document that is parsed so runs nothing.
    const sent = new DOMParser().parseFromString(data, 'text/html');
    let body = document.querySelector('#deliveries tbody');
    if (!body) {
      document.querySelector('#deliveries .empty')?.replaceWith(sent.querySelector('.table-frame'));
      body = document.querySelector('#deliveries tbody');
      count += body?.rows.length ?? 0;
    } else {
      let before = body.firstElementChild;
      for (const row of sent.querySelectorAll('tbody > tr')) {
        const known = document.getElementById(row.id);
        if (known?.contains(document.activeElement)) continue;
        row.classList.add('is-new');
        if (known) {
          if (known === before) before = row;
          known.replaceWith(row);
        } else {
          body.insertBefore(row, before);
          count += 1;
        }
      }
      while (body.rows.length > ROWS_MAX && !body.lastElementChild.contains(document.activeElement)) body.lastElementChild.remove();
    }
    // Not each of them: a reader would speak all the time.
    timer ||= setTimeout(tell, SAID_MS);
  }

  function tell() {
    timer = 0;
    if (count && source) say(count === 1 ? '1 new delivery.' : `${count} new deliveries.`);
    count = 0;
  }
}
