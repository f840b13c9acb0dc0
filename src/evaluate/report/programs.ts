/** @file Programs with their rewards or findings, and pairs with the history of how they came to be believed. */
import type { Range } from '../../data/offsets.ts';
import type { PromptedPair } from '../../data/prompted-pair.ts';
import type { RepairPair, ReflectionStep, Span } from '../../data/repair-pair.ts';
import type { TokenRewards } from '../../data/token-rewards.ts';
import { codeBlock } from './code-block.ts';
import { numberText, percent, signedText } from './format.ts';
import { html, inlineMarkup, rawHtml, type Html } from './html.ts';
import type { CodeMark, PairStory, ProgramView, RewardedToken, Tone } from './sections.ts';
import { badgeView } from './table.ts';

/** Joins rewards, token ranges and attributions into what the page shows of each token. */
export function explainTokens(
  ranges: readonly Range[],
  tokenRewards: TokenRewards,
): RewardedToken[] {
  return ranges.map((range, token) => ({
    start: range.start,
    end: range.end,
    reward: tokenRewards.rewards[token] ?? 0,
    why: tokenRewards.attributions
      .filter((a) => a.start < range.end && a.end > range.start)
      .map(
        (a) =>
          `${signedText(a.amount)} over ${a.end - a.start} characters · ${a.channel}/${a.rule}: ${a.why}`,
      ),
  }));
}

const legendOfTokens: Html = rawHtml(
  '<p class="key" aria-hidden="true"><span class="tok plus" style="--s:.8">secure pattern, reward</span> <span class="tok minus" style="--s:.8">vulnerable pattern, penalty</span> <span class="tok zero">neutral</span> <span class="quiet">Point at a token, or tab to it, for the reason.</span></p>',
);

/** Failed tests each on a line with what they saw; passed ones side by side. */
function testList(program: ProgramView): Html | null {
  const tests = program.tests ?? [];
  if (tests.length === 0) return null;
  const failed = tests.filter((test) => test.detail !== '');
  const others = tests.filter((test) => test.detail === '');
  return html`<div class="tests">${failed.length > 0 ? html`<ul class="failed">${failed.map((test) => html`<li>${badgeView({ text: test.name, tone: test.tone })}<pre>${test.detail}</pre></li>`)}</ul>` : null}${others.length > 0 ? html`<ul>${others.map((test) => html`<li>${badgeView({ text: test.name, tone: test.tone })}</li>`)}</ul>` : null}</div>`;
}

const remarksView = (program: ProgramView): Html | null =>
  program.remarks && program.remarks.lines.length > 0
    ? html`<details class="history"><summary>${program.remarks.title}</summary><ul class="remarks">${program.remarks.lines.map((line) => html`<li>${line}</li>`)}</ul></details>`
    : null;

function programView(program: ProgramView, open: boolean): Html {
  return html`<details class="card"${program.anchor ? html` id="${program.anchor}"` : null}${program.outcome ? html` data-outcome="${program.outcome}"` : null}${open ? rawHtml(' open') : null}><summary><span class="card-title">${program.title}</span> ${program.badges.map((badge) => html`${badgeView(badge)} `)}</summary>${program.prompt ? html`<div class="prompt"><h4>Prompt</h4><pre>${program.prompt}</pre></div>` : null}${codeBlock(program.code, { label: `Program: ${program.title}`, ...(program.tokens ? { tokens: program.tokens } : {}), ...(program.marks ? { marks: program.marks } : {}) })}${testList(program)}${remarksView(program)}${program.note ? html`<p class="quiet">${inlineMarkup(program.note)}</p>` : null}</details>`;
}

export function programsView(programs: readonly ProgramView[]): Html {
  const coloured = programs.some((program) => program.tokens !== undefined);
  return html`${coloured ? legendOfTokens : null}${programs.map((program, i) => programView(program, i < 2))}`;
}

/** A pair of the data set as the page tells it. */
export function pairStory(pair: RepairPair, prompts: readonly PromptedPair[] = []): PairStory {
  return {
    title: pair.function.source?.project
      ? `${pair.function.source.project} ${pair.function.cve ?? ''}`.trim()
      : pair.id.slice(0, 12),
    badges: [
      ...pair.function.cwe.map((cwe) => ({ text: cwe, tone: 'neutral' as Tone })),
      { text: `repair: ${pair.origin}`, tone: 'neutral' },
      {
        text: `confidence ${percent(pair.confidence, 0)}`,
        tone: pair.confidence >= 0.8 ? 'good' : pair.confidence >= 0.5 ? 'warn' : 'bad',
      },
    ],
    language: pair.function.language,
    vulnerable: { code: pair.function.code, spans: pair.spans.vulnerable },
    fixed: { code: pair.fixedCode, spans: pair.spans.secure },
    confidence: pair.confidence,
    reflection: pair.reflection,
    gates: pair.gates,
    prompts: prompts.map(({ prompt }) => ({ style: prompt.style, text: prompt.text })),
  };
}

const STEP_NAMES: Readonly<Record<ReflectionStep['step'], string>> = {
  detect: 'Detect',
  repair: 'Repair',
  reflect: 'Reflect',
  compare: 'Blind comparison',
  gates: 'Gates',
  prompt: 'Prompt',
};

const verdictValue = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : typeof value === 'number'
      ? numberText(value)
      : typeof value === 'boolean'
        ? value
          ? 'yes'
          : 'no'
        : JSON.stringify(value);

function stepView(step: ReflectionStep): Html {
  const members = Object.entries(step.verdict).filter(([, value]) => value !== undefined);
  return html`<li><h4>${STEP_NAMES[step.step]} <span class="quiet">${step.model || step.teacher}${step.inputTokens + step.outputTokens > 0 ? ` · ${numberText(step.inputTokens + step.outputTokens)} tokens` : ''}</span></h4><dl>${members.map(
    ([name, value]) => {
      const text = verdictValue(value);
      return html`<div><dt>${name}</dt><dd>${text.includes('\n') || text.length > 300 ? html`<pre>${text}</pre>` : text}</dd></div>`;
    },
  )}</dl></li>`;
}

const spanMarks = (spans: readonly Span[], tone: Tone): CodeMark[] =>
  spans.map((span) => ({ start: span.start, end: span.end, tone, why: span.why }));

function pairView(pair: PairStory, open: boolean): Html {
  return html`<details class="card"${open ? rawHtml(' open') : null}><summary><span class="card-title">${pair.title}</span> ${badgeView({ text: pair.language, tone: 'neutral' })} ${pair.badges.map((badge) => html`${badgeView(badge)} `)}</summary><div class="twins"><section><h4><span class="badge bad">vulnerable</span></h4>${codeBlock(pair.vulnerable.code, { label: 'Vulnerable version', marks: spanMarks(pair.vulnerable.spans, 'bad') })}</section><section><h4><span class="badge good">fixed</span></h4>${codeBlock(pair.fixed.code, { label: 'Fixed version', marks: spanMarks(pair.fixed.spans, 'good') })}</section></div>${pair.prompts.length > 0 ? html`<h4 class="part">Implicit prompts</h4><ul class="prompts">${pair.prompts.map((prompt) => html`<li><span class="badge neutral">${prompt.style}</span><pre>${prompt.text}</pre></li>`)}</ul>` : null}${pair.reflection.length > 0 ? html`<details class="history"><summary>Reflection: ${pair.reflection.length} steps</summary><ol class="steps">${pair.reflection.map(stepView)}</ol></details>` : null}${pair.gates.length > 0 ? html`<ul class="gates">${pair.gates.map((gate) => html`<li title="${gate.detail}">${badgeView({ text: gate.gate, tone: gate.passed ? 'good' : 'bad' })}${gate.passed ? null : html` <span class="quiet">${gate.detail}</span>`}</li>`)}</ul>` : null}</details>`;
}

export const pairsView = (pairs: readonly PairStory[]): Html =>
  html`${pairs.map((pair, i) => pairView(pair, i === 0))}`;
