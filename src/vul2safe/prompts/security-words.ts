/** @file Words that would tell a reader that a prompt is about security. A prompt that holds one is no implicit prompt. */

const SECURITY_TALK =
  /\b(?:CVE|CWE|OWASP|XSS|CSRF|SSRF|RCE|XXE|SQLi|ReDoS|DoS|TOCTOU|ASLR|secur\w*|insecur\w*|unsafe\w*|safe(?:ly|r|ty)?|vulnerab\w*|exploit\w*|attack\w*|malicious\w*|hostile|adversar\w*|harden\w*|sanit[iy]\w*|saniti[sz]\w*|untrusted|trusted|inject\w*|travers(?:al|als)|overflow\w*|underflow\w*|overrun\w*|overread\w*|out[- ]of[- ]bounds?|bounds[- ]check\w*|use[- ]after[- ]free|double[- ]free|dangling|null[- ]pointer|memory[- ]corruption|buffer over\w*|race condition|leak(?:s|ed|age)?|privilege\w*|escalat\w*|tamper\w*|forg(?:e|ed|ery)|spoof\w*|bypass\w*|prototype pollution|deseriali[sz]ation|denial of service|disclosure|hack\w*|threat\w*|mitigat\w*|weakness\w*|credential\w*|cryptographically|patch(?:ed|es)?|bug ?fix\w*|fix(?:ed|es)? )\b/i;

/** True when the text holds none of them. */
export const withoutSecurityTalk = (text: string): boolean => !SECURITY_TALK.test(text);

/** The first such word, for the report. */
export const securityWordIn = (text: string): string | undefined => SECURITY_TALK.exec(text)?.[0];
