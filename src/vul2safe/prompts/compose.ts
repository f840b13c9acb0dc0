/**
 * @file The offline composer of implicit prompts: fills the forms of a style with a function's facts. Seeded, so that the
 * same pair always gets the same prompts; words that occur only in the fix are avoided by choosing other alternatives.
 * It does not understand the code: what a function does is read from its name, its comment and its calls.
 */
import { createRandom, type Random } from '../../kernel/random.ts';
import type { PromptStyle } from '../../data/prompted-pair.ts';
import type { WritePromptsQuestion, WrittenPrompts } from '../../teacher/steps.ts';
import { collectFacts, wordsIn, type PromptFacts } from './facts.ts';
import { FORMS, OTHER_LANGUAGES, USES } from './phrases.ts';
import { withoutSecurityTalk } from './security-words.ts';

const ATTEMPTS = 6;
const LONGEST_CODE = 4000;

export function composePrompts(question: WritePromptsQuestion): WrittenPrompts {
  const facts = collectFacts(
    question.language,
    question.code,
    question.fixedCode,
    question.description,
  );
  const prompts = question.styles.flatMap((style) => {
    const text = composeOne(style, facts, question.code, question.seed);
    return text === undefined ? [] : [{ style, text }];
  });
  return { prompts };
}

/** Tries several wordings; undefined when each of them would use a word that only the fix has. */
function composeOne(
  style: PromptStyle,
  facts: PromptFacts,
  code: string,
  seed: string,
): string | undefined {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const random = createRandom('prompt', seed, style, attempt);
    const form = random.pick(FORMS[style]);
    if (form.includes('{opening}') && facts.opening === '') continue;
    if (form.includes('{code}') && code.length > LONGEST_CODE) continue;
    const text = fill(form, facts, code, random).trimEnd();
    if (wordsIn(text).some((word) => facts.fixOnly.has(word))) continue;
    if (withoutSecurityTalk(text)) return text;
  }
  return undefined;
}

function fill(form: string, facts: PromptFacts, code: string, random: Random): string {
  const chosen = form.replace(/\[([^\][]*\|[^\][]*)\]/g, (_, options: string) =>
    random.pick(options.split('|')),
  );
  const values = placeholders(facts, code, random);
  const replace = (text: string): string =>
    text.replace(/\{(\w+)\}/g, (whole, key: string) => values[key] ?? whole);
  return chosen
    .replace(/\{comment:((?:[^{}]|\{\w+\})*)\}/, (_, text: string) => comment(replace(text), facts))
    .replace(/\{(\w+)\}/g, (whole, key: string) => values[key] ?? whole);
}

function placeholders(
  facts: PromptFacts,
  code: string,
  random: Random,
): Readonly<Record<string, string>> {
  const name = facts.name === '' ? 'the function' : facts.name;
  const parameters = facts.parameters.join(', ');
  const plainSignature = `${name}(${parameters})`;
  const task = taskOf(facts, random);
  const call = random.pick([...facts.calls.slice(0, 6), '']);
  const uses = call === '' ? '' : random.pick(USES).replace('{call}', `\`${call}\``);
  const otherLanguage = random.pick(OTHER_LANGUAGES);
  return {
    languageName: facts.languageName,
    Name: name,
    parameters: parameters || 'none',
    parameterList:
      facts.parameters.length === 0
        ? 'Parameters: none'
        : facts.parameters.map((parameter) => `- \`${parameter}\``).join('\n'),
    plainSignature,
    signature: random.chance(0.5) ? plainSignature : `\`${plainSignature}\``,
    head: facts.head,
    otherHead: `sub ${facts.name || 'main'}(${facts.parameters.join(', ')})`,
    opening: facts.opening,
    code,
    task,
    Task: task.charAt(0).toUpperCase() + task.slice(1),
    with:
      facts.parameters.length > 0 && random.chance(0.4)
        ? `, given ${listed(facts.parameters)}`
        : '',
    Takes: facts.parameters.length > 0 ? `Takes ${listed(facts.parameters)}. ` : '',
    returns: random.chance(0.3) ? 'Called by other parts of the program.' : '',
    returnsLine: random.chance(0.5)
      ? 'Called from other modules.'
      : 'Part of the existing interface.',
    calls:
      facts.calls.length > 1 && random.chance(0.5)
        ? ` [calls: ${facts.calls.slice(0, 4).join(', ')}]`
        : '',
    uses,
    about:
      facts.topics.length > 0 && random.chance(0.6)
        ? random.pick([' It is about ', ' This concerns ', ' What it works on: ']) +
          `${listed(facts.topics.map((topic) => `\`${topic}\``))}.`
        : '',
    number: String(100 + random.integer(9000)),
    otherLanguage,
  };
}

/** What the function does, as an infinitive: its documentation's words, the words of its name, or its calls. */
function taskOf(facts: PromptFacts, random: Random): string {
  const words = facts.action;
  if (facts.documentation !== undefined && random.chance(0.8)) return facts.documentation;
  const topic = facts.calls.slice(0, 3);
  const extra = topic.length > 0 && random.chance(0.4) ? ` by way of ${listed(topic)}` : '';
  if (words === '')
    return topic.length > 0 ? `work with ${listed(topic)}` : 'do its part of the work';
  return `${/^\w+ /.test(words) ? words : `handle ${words}`}${extra}`;
}

const listed = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

function comment(text: string, facts: PromptFacts): string {
  const body = text.trim();
  if (facts.language === 'python' || facts.language === 'ruby') return `# ${body}`;
  return body.length > 70 ? `/**\n * ${body}\n */` : `// ${body}`;
}
