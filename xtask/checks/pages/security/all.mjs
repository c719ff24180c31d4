// What somebody must not get who asks for more than the pages give. The numbers are those of OWASP ASVS 5.0.
import { answers } from "./answers.mjs";
import { forms } from "./forms.mjs";
import { guesses } from "./guesses.mjs";
import { sessions } from "./sessions.mjs";
import { standard } from "./standard.mjs";
import { encrypted, proxied } from "./transport.mjs";

/** Each group with its name. */
export const security = [
  ["sessions", sessions],
  ["guesses", guesses],
  ["forms", forms],
  ["answers", answers],
  ["encrypted", encrypted],
  ["proxied", proxied],
  ["standard", standard],
];
