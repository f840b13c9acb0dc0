/** @file One program as a page of its own: every token coloured by its reward, a tooltip that says why, the attributions beside. No script, no network. */
import type { Rollout } from '../../data/rollout.ts';
import type { Task } from '../../data/task.ts';
import { explainTokens, signed } from './explain.ts';
import type { RewardedProgram } from './rewarder.ts';

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** Green for credit, red for penalty; the strongest token of the program is the most saturated. */
function colour(reward: number, strongest: number): string {
  const strength = strongest === 0 ? 0 : Math.sqrt(Math.abs(reward) / strongest);
  return `rgb(${reward > 0 ? '34 197 94' : '239 68 68'} / ${(0.15 + 0.6 * strength).toFixed(2)})`;
}

/** The tokens of a program as spans, for a <pre>. */
export function tokensHtml(rollout: Rollout, rewarded: RewardedProgram): string {
  const tokens = explainTokens(rollout, rewarded.tokens);
  const strongest = Math.max(0, ...tokens.map((token) => Math.abs(token.reward)));
  return tokens
    .map(({ text, reward, reasons }) => {
      const shown = text === '' && reward !== 0 ? '⏹' : escapeHtml(text);
      if (reward === 0) return shown === '' ? '' : `<span class="t">${shown}</span>`;
      const tip = escapeHtml([`${signed(reward)} on this token`, ...reasons].join('\n'));
      return `<span class="t r" tabindex="0" style="background:${colour(reward, strongest)}" data-tip="${tip}">${shown}</span>`;
    })
    .join('');
}

export const REWARD_STYLE = `
:root{color-scheme:light dark;--line:#8884;--soft:#8881;font:15px/1.5 system-ui,sans-serif}
body{max-width:72rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.3rem;margin:0 0 .3rem}p.prompt{opacity:.75;margin:.2rem 0 1rem;white-space:pre-wrap}
.cards{display:flex;flex-wrap:wrap;gap:.6rem;margin:1rem 0}.card{border:1px solid var(--line);border-radius:.6rem;padding:.5rem .9rem;min-width:7rem}
.card b{display:block;font-size:1.25rem}.card span{opacity:.7;font-size:.85rem}
pre.program{font:13px/1.7 ui-monospace,monospace;border:1px solid var(--line);border-radius:.6rem;padding:1rem;overflow-x:auto;background:var(--soft);tab-size:4}
.t:hover{outline:1px solid var(--line)}.r{position:relative;border-radius:.2rem;cursor:help}
.r:hover::after,.r:focus::after{content:attr(data-tip);position:absolute;left:0;top:1.7em;z-index:2;width:max-content;max-width:34rem;white-space:pre-wrap;background:#1f2937;color:#f9fafb;padding:.5rem .7rem;border-radius:.4rem;font:12px/1.45 system-ui,sans-serif;box-shadow:0 4px 14px #0006}
table{border-collapse:collapse;width:100%;font-size:.9rem}th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
td.n{text-align:right;font-variant-numeric:tabular-nums}td code{font-size:.85em}.plus{color:#16a34a}.minus{color:#dc2626}`;

export function rewardPage(task: Task, rollout: Rollout, rewarded: RewardedProgram): string {
  const { instance, tokens } = rewarded;
  const total = tokens.rewards.reduce((sum, amount) => sum + amount, 0);
  const touched = tokens.rewards.reduce((sum, amount) => sum + Number(amount !== 0), 0);
  const cards: [string, string][] = [
    [instance.value.toFixed(2), 'instance reward'],
    [signed(total), 'sum of token rewards'],
    [`${touched} / ${tokens.rewards.length}`, 'tokens touched'],
    [instance.functional === null ? 'no tests' : instance.functional.toFixed(2), 'function'],
    [instance.secure === null ? 'unknown' : instance.secure.toFixed(2), 'security'],
  ];
  const rows = tokens.attributions.map(
    (item) =>
      `<tr><td class="n ${item.amount < 0 ? 'minus' : 'plus'}">${signed(item.amount)}</td><td>${item.channel}</td><td>${escapeHtml(item.rule)}</td><td><code>${escapeHtml(rollout.text.slice(item.start, item.end).slice(0, 160))}</code></td><td>${escapeHtml(item.why)}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Token reward: ${escapeHtml(task.id)}</title><style>${REWARD_STYLE}</style></head><body>
<h1>Token reward of one program</h1><p class="prompt">${escapeHtml(task.prompt.text)}</p>
<div class="cards">${cards.map(([value, name]) => `<div class="card"><b>${value}</b><span>${name}</span></div>`).join('')}</div>
<p>${escapeHtml(instance.why)}. Green tokens earn, red ones cost; point at one to read why.</p>
<pre class="program">${tokensHtml(rollout, rewarded)}</pre>
<table><thead><tr><th>amount</th><th>channel</th><th>rule</th><th>code</th><th>why</th></tr></thead><tbody>${rows.join('\n')}</tbody></table>
</body></html>
`;
}
