// Counts what holds, group by group, and keeps what does not.

/** What makes the rest of a group senseless; it was told already. */
export class Stopped extends Error {}

/** All groups of a run. */
export class Report {
  #groups = [];

  /** A new group of checks, named as it is printed. */
  group(name) {
    const group = new Group(name);
    this.#groups.push(group);
    return group;
  }

  /** How many checks there were, and how many of them do not hold. */
  total() {
    const sum = (count) => this.#groups.reduce((all, group) => all + count(group), 0);
    return { checks: sum((group) => group.checks), failures: sum((group) => group.failures.length) };
  }
}

/** Checks that belong together. */
export class Group {
  checks = 0;
  failures = [];

  constructor(name) {
    this.name = name;
  }

  /** Notes whether something holds; `seen` is told when it does not. */
  holds(sentence, isSo, seen = "it does not hold") {
    this.checks += 1;
    if (!isSo) this.failures.push(`${sentence}: ${typeof seen === "string" ? seen : shown(seen)}`);
    return isSo;
  }

  /** Notes whether a value is the expected one; lists and objects are compared by what they hold. */
  equals(sentence, seen, expected) {
    return this.holds(sentence, shown(seen) === shown(expected), `expected ${shown(expected)}, saw ${shown(seen)}`);
  }

  /** Notes whether a text matches. */
  matches(sentence, seen, pattern) {
    return this.holds(sentence, pattern.test(String(seen)), `expected ${pattern}, saw ${shown(seen)}`);
  }

  /** Notes whether an action comes to its end; one that does not stops the group. */
  async does(sentence, action) {
    try {
      const result = await action();
      this.checks += 1;
      return result;
    } catch (error) {
      if (error instanceof Stopped) throw error;
      this.holds(sentence, false, firstLines(error));
      throw new Stopped(sentence);
    }
  }

  /** Runs the checks of the group, prints its line and whatever does not hold. */
  async run(checks) {
    const from = performance.now();
    try {
      await checks(this);
    } catch (error) {
      if (!(error instanceof Stopped)) this.holds("the check itself comes to its end", false, error.stack);
    }
    const seconds = ((performance.now() - from) / 1000).toFixed(1);
    const verdict = this.failures.length === 0 ? "" : `, ${this.failures.length} do NOT hold`;
    console.log(`${this.name}: ${this.checks} checks${verdict} (${seconds} s)`);
    for (const failure of this.failures) console.log(`  does not hold: ${failure.replaceAll("\n", "\n    ")}`);
  }
}

function shown(value) {
  return JSON.stringify(value) ?? String(value);
}

/** What went wrong without the log of every attempt. */
function firstLines(error) {
  return String(error.message).split("\n").filter((line) => line.trim() !== "").slice(0, 6).join("\n");
}
