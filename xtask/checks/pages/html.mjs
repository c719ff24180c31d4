// As much of HTML as is needed to find a form of our own pages and to fill it in by what its labels say.

const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** The form with a button of this name. */
export function formOf(html, button, path) {
  const all = [...html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)];
  const found = all.find(([, , inside]) => buttonsOf(inside).includes(button));
  if (found === undefined) {
    const names = all.flatMap(([, , inside]) => buttonsOf(inside));
    throw new Error(`${path} has no form with the button "${button}"; there are ${JSON.stringify(names)}`);
  }
  const attributes = attributesOf(found[1]);
  return new Form(attributes.action ?? path, controlsOf(found[2]), labelsOf(found[2]));
}

/** A form as it was sent to the browser. */
class Form {
  constructor(action, controls, labels) {
    this.action = action;
    this.controls = controls;
    this.labels = labels;
  }

  /** The names and values that a browser would send, after the labelled fields were given these values. */
  filled(values = {}) {
    const changed = new Map(Object.entries(values).map(([label, value]) => [this.#named(label), value]));
    const kept = this.controls.filter((control) => control.value !== undefined && !changed.has(control.name));
    return [...kept.map((control) => [control.name, control.value]), ...changed];
  }

  /** The value of a hidden field. */
  hidden(name) {
    return this.controls.find((control) => control.name === name)?.value;
  }

  #named(label) {
    const id = this.labels.get(label);
    const control = this.controls.find((control) => control.id === id && control.name !== undefined);
    if (id === undefined || control === undefined) {
      throw new Error(`no field is labelled "${label}"; there are ${JSON.stringify([...this.labels.keys()])}`);
    }
    return control.name;
  }
}

/** Where the link of this name leads; nothing when there is none. */
export function linkOf(html, name) {
  const links = [...html.matchAll(/<a\b([^>]*)>(.*?)<\/a>/gs)];
  const named = links.map(([, text, inside]) => [attributesOf(text), textOf(inside)]);
  return named.find(([attributes, text]) => (attributes["aria-label"] ?? text) === name)?.[0].href;
}

/** Where the links of a page lead. */
export function linksOf(html) {
  return [...html.matchAll(/<a\b([^>]*)>/g)].map(([, text]) => attributesOf(text).href).filter((href) => href !== undefined);
}

/** The files that a page asks for by itself. */
export function filesOf(html) {
  const tags = [...html.matchAll(/<(link|script|img)\b([^>]*)>/g)].map(([, , text]) => attributesOf(text));
  return [...new Set(tags.map((tag) => tag.src ?? tag.href).filter((path) => path !== undefined))];
}

/** The text between tags, as a person reads it. */
export function textOf(html) {
  return unescaped(html.replaceAll(/<[^>]*>/g, " ")).replaceAll(/\s+/g, " ").trim();
}

function buttonsOf(html) {
  return [...html.matchAll(/<button\b[^>]*>(.*?)<\/button>/gs)].map(([, inside]) => textOf(inside));
}

function labelsOf(html) {
  const labels = [...html.matchAll(/<label\b([^>]*)>(.*?)<\/label>/gs)];
  return new Map(labels.map(([, attributes, inside]) => [textOf(inside), attributesOf(attributes).for]));
}

function controlsOf(html) {
  const inputs = [...html.matchAll(/<input\b([^>]*)>/g)].map(([, text]) => input(attributesOf(text)));
  const selects = [...html.matchAll(/<select\b([^>]*)>(.*?)<\/select>/gs)].map(([, text, inside]) => {
    const options = [...inside.matchAll(/<option\b([^>]*)>/g)].map(([, option]) => attributesOf(option));
    const chosen = options.find((option) => "selected" in option) ?? options[0];
    return { ...attributesOf(text), value: chosen?.value };
  });
  return [...inputs, ...selects].filter((control) => control.name !== undefined);
}

/** A control with the value that it sends by itself, if it sends any. */
function input(attributes) {
  const isChoice = attributes.type === "checkbox" || attributes.type === "radio";
  const isSent = !isChoice || "checked" in attributes;
  return { ...attributes, value: isSent ? (attributes.value ?? (isChoice ? "on" : "")) : undefined };
}

function attributesOf(text) {
  const pairs = [...text.matchAll(/([^\s=/]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g)];
  return Object.fromEntries(pairs.map(([, name, a, b, c]) => [name.toLowerCase(), unescaped(a ?? b ?? c ?? "")]));
}

function unescaped(text) {
  return text.replaceAll(/&(#x?[0-9a-f]+|\w+);/gi, (whole, name) => {
    if (!name.startsWith("#")) return ENTITIES[name] ?? whole;
    const number = name.startsWith("#x") ? parseInt(name.slice(2), 16) : parseInt(name.slice(1), 10);
    return String.fromCodePoint(number);
  });
}
