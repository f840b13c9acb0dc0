/**
 * @file What a report is made of: plain data, one kind per way of looking. The same table goes to the page, the
 * terminal and CSV. Offsets are UTF-16 units in the text they belong to.
 */
import type { GateResult, ReflectionStep, Span } from '../../data/repair-pair.ts';
import type { Estimate } from '../statistics/estimate.ts';
import type { RateInterval } from '../statistics/rate.ts';

/** good and bad are shown by colour and by sign or shape, never by colour alone. */
export type Tone = 'good' | 'bad' | 'warn' | 'neutral';

export interface Badge {
  readonly text: string;
  readonly tone: Tone;
  /** Anchor of a program on this page. */
  readonly to?: string;
}

/** A figure the reader should see first. */
export interface Headline {
  readonly label: string;
  readonly value: string;
  readonly note?: string;
  readonly tone?: Tone;
}

/** A rate prints as a share of 100%, an estimate as a plain number; both with their interval. */
export type Cell = string | number | null | Badge | RateInterval | Estimate;

export interface Column {
  readonly label: string;
  /** A sentence shown on hover. */
  readonly about?: string;
  /** Which way is better, for the colour of rate bars. */
  readonly better?: 'higher' | 'lower';
  /** Decimals of plain numbers; default up to 2. */
  readonly decimals?: number;
}

export interface TableSection {
  readonly kind: 'table';
  readonly heading: string;
  readonly note?: string;
  readonly columns: readonly Column[];
  /** [row][column]; null is shown as a dash: not measured. */
  readonly rows: readonly (readonly Cell[])[];
}

export interface TextSection {
  readonly kind: 'text';
  readonly heading: string;
  /** Each a paragraph; `code`, **bold** and [links](https://...) are understood. */
  readonly paragraphs: readonly string[];
}

export interface HeadlinesSection {
  readonly kind: 'headlines';
  readonly heading?: string;
  readonly figures: readonly Headline[];
}

export interface ChartSeries {
  readonly name: string;
  /** low and high draw a band. */
  readonly points: readonly {
    readonly x: number;
    readonly y: number;
    readonly low?: number;
    readonly high?: number;
  }[];
}

export interface Chart {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly ChartSeries[];
  /** 'share' prints 0.5 as 50% and keeps the axis within [0, 1]. */
  readonly unit?: 'share' | 'number';
  /** Horizontal lines to compare with. */
  readonly levels?: readonly { readonly y: number; readonly label: string }[];
}

export interface ChartSection {
  readonly kind: 'chart';
  readonly heading: string;
  readonly note?: string;
  /** Several stand side by side where there is room, and share one legend where they have the same series. */
  readonly charts: readonly Chart[];
}

/** Dots with whiskers: the arms' rates under each other. */
export interface IntervalsSection {
  readonly kind: 'intervals';
  readonly heading: string;
  readonly note?: string;
  /** One colour for all rows, where they are not runs. */
  readonly oneColour?: boolean;
  /** Names in the order of their colours, where a group may lack one; else by first appearance. */
  readonly order?: readonly string[];
  readonly groups: readonly {
    readonly label: string;
    readonly better?: 'higher' | 'lower';
    readonly rates: readonly { readonly name: string; readonly rate: RateInterval }[];
  }[];
}

/** Runs as points between two rates, each with both intervals. */
export interface ScatterSection {
  readonly kind: 'scatter';
  readonly heading: string;
  readonly note?: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly points: readonly {
    readonly name: string;
    readonly x: RateInterval;
    readonly y: RateInterval;
  }[];
}

export interface RewardedToken {
  readonly start: number;
  readonly end: number;
  readonly reward: number;
  /** Sentences: who gave or took what. */
  readonly why: readonly string[];
}

export interface CodeMark {
  readonly start: number;
  readonly end: number;
  readonly tone: Tone;
  readonly why: string;
}

export interface TestLine {
  readonly name: string;
  readonly tone: Tone;
  readonly detail: string;
}

/** One program: its text with rewards or findings on it, and what became of it. */
export interface ProgramView {
  readonly title: string;
  /** So that a table can lead here. */
  readonly anchor?: string;
  /** What cards can be filtered by. */
  readonly outcome?: string;
  readonly badges: readonly Badge[];
  readonly prompt?: string;
  readonly code: string;
  readonly tokens?: readonly RewardedToken[];
  readonly marks?: readonly CodeMark[];
  readonly tests?: readonly TestLine[];
  /** Lines under the code, e.g. lint findings. */
  readonly remarks?: { readonly title: string; readonly lines: readonly string[] };
  readonly note?: string;
}

export interface ProgramsSection {
  readonly kind: 'programs';
  readonly heading: string;
  readonly note?: string;
  readonly programs: readonly ProgramView[];
}

export interface PairStory {
  readonly title: string;
  readonly badges: readonly Badge[];
  readonly language: string;
  readonly vulnerable: { readonly code: string; readonly spans: readonly Span[] };
  readonly fixed: { readonly code: string; readonly spans: readonly Span[] };
  readonly confidence: number;
  readonly reflection: readonly ReflectionStep[];
  readonly gates: readonly GateResult[];
  readonly prompts: readonly { readonly style: string; readonly text: string }[];
}

export interface PairsSection {
  readonly kind: 'pairs';
  readonly heading: string;
  readonly note?: string;
  readonly pairs: readonly PairStory[];
}

/** Sections under one heading that opens and closes. */
export interface GroupSection {
  readonly kind: 'group';
  readonly heading: string;
  readonly open: boolean;
  readonly sections: readonly ReportSection[];
}

export type ReportSection =
  | HeadlinesSection
  | TextSection
  | TableSection
  | ChartSection
  | IntervalsSection
  | ScatterSection
  | ProgramsSection
  | PairsSection
  | GroupSection;

export interface ReportHead {
  readonly title: string;
  /** One or two sentences: what the reader sees here. */
  readonly lead: string;
  /** How it was made: seed, command, version, machine, date. */
  readonly facts: readonly { readonly label: string; readonly value: string }[];
}
