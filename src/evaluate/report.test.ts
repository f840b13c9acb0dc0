import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderReport, explainTokens, tableToCsv, tableToText } from './report.ts';
import type { ReportHead, ReportSection, TableSection } from './report.ts';
import { niceTicks } from './report/chart.ts';
import { codeBlock } from './report/code-block.ts';

const head: ReportHead = { title: 'A run', lead: 'What it **did**.', facts: [] };
const rate = { value: 0.25, low: 0.1, high: 0.5, n: 40, tasks: 10 };
const hostile = `</script><script>alert("x")</script><img src=x onerror='y'>&amp;`;

const everyKind = (text: string): ReportSection[] => [
  { kind: 'headlines', figures: [{ label: text, value: text, note: text, tone: 'good' }] },
  { kind: 'text', heading: text, paragraphs: [text] },
  { kind: 'table', heading: text, columns: [{ label: text, about: text }], rows: [[text], [rate]] },
  {
    kind: 'chart',
    heading: text,
    charts: [
      {
        title: text,
        xLabel: text,
        yLabel: text,
        series: [{ name: text, points: [{ x: 0, y: 1 }] }],
      },
      { title: text, xLabel: text, yLabel: text, series: [] },
    ],
  },
  { kind: 'intervals', heading: text, groups: [{ label: text, rates: [{ name: text, rate }] }] },
  {
    kind: 'scatter',
    heading: text,
    xLabel: text,
    yLabel: text,
    points: [{ name: text, x: rate, y: rate }],
  },
  {
    kind: 'programs',
    heading: text,
    programs: [
      {
        title: text,
        anchor: text,
        outcome: text,
        remarks: { title: text, lines: [text] },
        badges: [{ text, tone: 'bad', to: text }],
        prompt: text,
        code: text,
        tokens: [{ start: 0, end: text.length, reward: -1, why: [text] }],
        marks: [{ start: 1, end: 3, tone: 'bad', why: text }],
        tests: [{ name: text, tone: 'bad', detail: text }],
      },
    ],
  },
  {
    kind: 'group',
    heading: text,
    open: false,
    sections: [
      {
        kind: 'pairs',
        heading: text,
        pairs: [
          {
            title: text,
            badges: [],
            language: text,
            vulnerable: { code: text, spans: [{ start: 0, end: 2, text, why: text }] },
            fixed: { code: text, spans: [] },
            confidence: 1,
            reflection: [
              {
                step: 'detect',
                teacher: text,
                model: text,
                promptHash: '',
                promptVersion: '',
                inputTokens: 1,
                outputTokens: 1,
                costUsd: 0,
                verdict: { [text]: text },
              },
            ],
            gates: [{ gate: text, passed: false, detail: text }],
            prompts: [{ style: text, text }],
          },
        ],
      },
    ],
  },
];

describe('the report page', () => {
  it('escapes whatever models wrote, in every kind of section', () => {
    const page = renderReport(everyKind(hostile), head);
    expect(page).not.toContain(hostile);
    expect(page).not.toContain('<img src=x');
    expect(page.match(/<script>/g)).toHaveLength(1);
  });

  it('fetches nothing: no address in it but links people may follow', () => {
    const page = renderReport(everyKind('plain'), head);
    expect(page).not.toMatch(/(?:src|href)="(?!#)/);
    expect(page).not.toMatch(/@import|url\(/);
  });

  it('says "unknown" for a rate of nothing and a dash for what was not measured', () => {
    const page = renderReport(
      [
        {
          kind: 'table',
          heading: 'T',
          columns: [{ label: 'a' }, { label: 'b' }],
          rows: [
            ['x', null],
            ['y', { value: Number.NaN, low: 0, high: 1, n: 0, tasks: 0 }],
          ],
        },
      ],
      head,
    );
    expect(page).toContain('not measured');
    expect(page).toContain('unknown');
    expect(page).not.toContain('NaN');
  });
});

describe('a chart of intervals', () => {
  const colourOf = (page: string, name: string): (string | undefined)[] =>
    [...page.matchAll(new RegExp(`<title>${name}: .*?dot (c\\d)`, 'gs'))].map((match) => match[1]);

  it('gives each run its own colour, also where the first group lacks one', () => {
    const rates = (names: readonly string[]) => names.map((name) => ({ name, rate }));
    const page = renderReport(
      [
        {
          kind: 'intervals',
          heading: 'Secure, by CWE',
          order: ['one', 'two', 'three'],
          groups: [
            { label: 'CWE-22', rates: rates(['one', 'three']) },
            { label: 'CWE-79', rates: rates(['one', 'two', 'three']) },
          ],
        },
      ],
      head,
    );
    expect(colourOf(page, 'one')).toEqual(['c0', 'c0']);
    expect(colourOf(page, 'two')).toEqual(['c1']);
    expect(colourOf(page, 'three')).toEqual(['c2', 'c2']);
  });
});

describe('a code block', () => {
  const textOf = (markup: string): string =>
    markup
      .slice(markup.indexOf('<code>') + 6, markup.lastIndexOf('</code>'))
      .replace(/<[^>]*>/g, '')
      .replace(/&lt;/g, '<')
      .replace(/&gt;/g, '>')
      .replace(/&quot;/g, '"')
      .replace(/&#39;/g, "'")
      .replace(/&amp;/g, '&');

  it('shows exactly its text whatever marks lie on it', () => {
    const mark = fc.record({
      start: fc.integer({ min: 0, max: 30 }),
      end: fc.integer({ min: 0, max: 40 }),
      tone: fc.constantFrom('good' as const, 'bad' as const),
      why: fc.string(),
    });
    fc.assert(
      fc.property(fc.stringMatching(/^[ -~\n]{0,30}$/), fc.array(mark), (code, marks) => {
        const expected = code.endsWith('\n') ? code.slice(0, -1) : code;
        expect(textOf(codeBlock(code, { marks, label: 'c' }).html)).toBe(expected);
      }),
    );
  });

  it('tells of each token its reward and who gave it', () => {
    const tokens = explainTokens(
      [
        { start: 0, end: 4 },
        { start: 4, end: 5 },
      ],
      {
        rewards: Float32Array.from([-0.25, 0]),
        attributions: [
          {
            start: 0,
            end: 4,
            channel: 'rules',
            rule: 'js/eval',
            amount: -0.25,
            why: 'runs text as code',
          },
        ],
      },
    );
    const block = codeBlock('eval(', { tokens, label: 'c' }).html;
    expect(block).toContain('reward −0.25');
    expect(block).toContain('rules/js/eval: runs text as code');
    expect(block).toContain('class="tok zero"');
  });
});

describe('tables off the page', () => {
  const table: TableSection = {
    kind: 'table',
    heading: 'Arms',
    columns: [{ label: 'arm' }, { label: 'insecure' }, { label: 'n' }],
    rows: [
      ['base', rate, 12],
      ['=cmd()', null, 2.71],
      ['a,"b"', rate, 1],
    ],
  };
  it('line up on a terminal, numbers to the right', () => {
    const lines = tableToText(table).split('\n');
    expect(lines[4]).toBe('base    25.0% (10.0–50.0, n = 40)    12');
    expect(lines[5]).toBe('=cmd()  –                          2.71');
  });
  it('become CSV with the interval in columns of its own and no cell a spreadsheet would run', () => {
    expect(tableToCsv(table).split('\n')).toEqual([
      'arm,insecure,insecure low,insecure high,insecure n,n',
      'base,0.25,0.1,0.5,40,12',
      "'=cmd(),,,,,2.71",
      '"a,""b""",0.25,0.1,0.5,40,1',
      '',
    ]);
  });
});

describe('axis ticks', () => {
  it('are evenly spaced, few, and cover the data', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
        (low, span) => {
          const ticks = niceTicks(low, low + span);
          expect(ticks.length).toBeGreaterThanOrEqual(2);
          expect(ticks.length).toBeLessThanOrEqual(9);
          const slack = span * 1e-6 + Math.abs(low) * 1e-9;
          expect(ticks[0]!).toBeLessThanOrEqual(low + slack);
          expect(ticks[ticks.length - 1]!).toBeGreaterThanOrEqual(low + span - slack);
        },
      ),
    );
  });
});
