// Sends the request of the page with the key that was pasted, and shows the answer as text.
// The key is read from its field for one header and is nowhere else: not in an address, a store, or another page.
const TIMEOUT_MS = 30_000;
const BYTES_MAX = 256 * 1024;
const RATE = /^(x-ratelimit-|ratelimit|retry-after$)/i;

for (const off of document.querySelectorAll('[data-console-off]')) off.hidden = true;
for (const form of document.querySelectorAll('[data-console]')) start(form);

function start(form) {
  const find = (name) => form.querySelector(`[data-console-${name}]`);
  const dialog = find('confirm');
  form.hidden = false;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    if (dialog) dialog.showModal();
    else run(form, find);
  }, true);
  find('cancel')?.addEventListener('click', () => dialog.close());
  find('send')?.addEventListener('click', () => {
    dialog.close();
    run(form, find);
  });
}

async function run(form, find) {
  const { method } = form.dataset;
  const status = find('status');
  const began = performance.now();
  find('answer').hidden = true;
  status.textContent = 'Waiting for the answer…';
  try {
    const answer = await fetch(address(form), {
      method,
      headers: headers(form, find),
      body: ['GET', 'HEAD'].includes(method) ? undefined : (find('body')?.value || undefined),
      // No cookie proves anything here: only the key does.
      credentials: 'omit',
      cache: 'no-store',
      redirect: 'manual',
      referrerPolicy: 'no-referrer',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const { text, isCut } = await read(answer);
    const took = Math.round(performance.now() - began);
    show(find, answer, isCut ? `${text}\n… cut after ${BYTES_MAX} bytes` : pretty(text), took);
    status.textContent = '';
  } catch (error) {
    status.textContent = why(error);
  }
}

function address(form) {
  const query = new URLSearchParams();
  let path = form.dataset.path;
  for (const input of form.querySelectorAll('[data-in]')) {
    const { in: place, name } = input.dataset;
    if (place === 'path') path = path.replaceAll(`{${name}}`, encodeURIComponent(input.value));
    if (place === 'query' && input.value !== '') query.append(name, input.value);
  }
  const search = query.size > 0 ? `?${query}` : '';
  return `${form.dataset.base}${path}${search}`;
}

function headers(form, find) {
  const sent = new Headers();
  for (const { dataset, value } of form.querySelectorAll('[data-in="header"]')) {
    if (value !== '') sent.set(dataset.name, value);
  }
  const body = find('body');
  if (body?.value) sent.set('Content-Type', body.dataset.consoleBody);
  const key = find('key')?.value.trim();
  if (key) sent.set(form.dataset.header, `${form.dataset.scheme}${key}`);
  return sent;
}

// Reads as much as is shown, and no more.
async function read(answer) {
  const reader = answer.body?.getReader();
  const chunks = [];
  let size = 0;
  while (reader && size < BYTES_MAX) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    size += value.length;
  }
  const isCut = size >= BYTES_MAX;
  if (isCut) reader.cancel();
  const bytes = new Uint8Array(await new Blob(chunks).arrayBuffer());
  return { text: new TextDecoder().decode(bytes.subarray(0, BYTES_MAX)), isCut };
}

function show(find, answer, text, took) {
  const isRedirect = answer.type === 'opaqueredirect';
  const status = isRedirect ? 'A redirect, which is not followed' : `${answer.status} ${answer.statusText}`.trim();
  find('line').textContent = `${status} · ${took} ms`;
  find('headers').replaceChildren(...[...answer.headers].map(([name, value]) => {
    const row = document.createElement('tr');
    const first = document.createElement('th');
    first.scope = 'row';
    const code = document.createElement('code');
    code.textContent = name;
    first.append(code);
    const second = document.createElement('td');
    second.textContent = value;
    row.classList.toggle('is-rate', RATE.test(name));
    row.append(first, second);
    return row;
  }));
  find('text').textContent = text === '' ? 'No body.' : text;
  find('answer').hidden = false;
}

// Adds white space between the tokens of JSON and changes none of them: large numbers stay what they are.
function pretty(text) {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  let depth = 0;
  const line = () => `\n${'  '.repeat(depth)}`;
  const tokens = text.match(/"(?:\\.|[^"\\])*"|\[\s*\]|\{\s*\}|[[\]{},:]|[^\s[\]{},:"]+/g) ?? [];
  return tokens.map((token) => {
    if (/^[[{]\s*[\]}]$/.test(token)) return token.replace(/\s/g, '');
    if (token === '{' || token === '[') {
      depth += 1;
      return token + line();
    }
    if (token === '}' || token === ']') {
      depth -= 1;
      return line() + token;
    }
    if (token === ',') return token + line();
    return token === ':' ? ': ' : token;
  }).join('');
}

function why(error) {
  if (error.name === 'TimeoutError') return 'No answer within 30 seconds: try again, or use the snippet for curl.';
  return 'The request was not answered: the server cannot be reached, does not allow this page by CORS, or a header has characters that none may have.';
}
