/**
 * @file Batched sampling with a key-value cache. A prompt is computed once however many samples it has; rows that end
 * are removed and waiting samples take their place. Every sample draws from its own random stream, named by seed,
 * request and sample, so its text does not depend on what else is in the batch (up to rounding of the arithmetic).
 * Sampling is one loop that hands over every token as it is chosen; the batch form only gathers them.
 */
import { createRandom, type Random } from '../../kernel/random.ts';
import type { ModelConfig } from '../../models/config.ts';
import { type BoundTensor, float32, floatsOf, int32, int64 } from '../../tensor/session.ts';
import { AnswerText, type StopPatterns } from '../stop-texts.ts';
import type { SampledSequence, SampleRequest, SamplingParameters } from '../training-engine.ts';
import { padTokens, planMicroBatches } from './batching.ts';
import type { GraphRunner } from './graph-runner.ts';
import type { CacheArrangement, PromptSource } from './key-value-cache.ts';
import {
  chooseFromLogits,
  chooseFromProbabilities,
  chooseFromTempered,
  samplesPlainly,
  type TokenChoice,
} from './token-choice.ts';

const PREFILL_TOKENS = 2048;
const MASKED = -1e9;

export interface SamplerOptions {
  /** Rows decoded together at most. */
  readonly maximumRows: number;
  /** Where answers are followed as text. */
  readonly text?: {
    readonly stops: StopPatterns;
    /** What a token adds to the text, in UTF-8. */
    readonly bytesOf: (token: number) => Uint8Array;
  };
}

/** One token of a sample, as soon as it is chosen. */
export interface SampledToken {
  /** Place in the call. */
  readonly request: number;
  readonly sample: number;
  readonly token: number;
  /** As in SampledSequence. */
  readonly logprob: number;
  /**
   * What has become certain of the answer's text; joined, the text before the stop text. It may come later than its
   * token: a character may need several, and the beginning of a stop text is held back.
   */
  readonly text?: string;
  /** With the sample's last token. */
  readonly finishReason?: 'stop' | 'length';
}

/** A sample under way. */
interface Row {
  readonly result: { tokens: number[]; logprobs: number[]; finishReason: 'stop' | 'length' };
  readonly place: Waiting;
  readonly answer: AnswerText | undefined;
  /** Text that the last token made certain. */
  said: string;
  readonly random: Random;
  readonly maximumTokens: number;
  /** Positions in the cache; the last chosen token is not yet among them. */
  length: number;
  last: number;
  done: boolean;
}

/** A sample not begun. */
interface Waiting {
  readonly request: number;
  readonly sample: number;
}

/** [request][sample] */
export async function sampleSequences(
  runner: GraphRunner,
  requests: readonly SampleRequest[],
  parameters: SamplingParameters,
  options: SamplerOptions,
): Promise<SampledSequence[][]> {
  const results: SampledSequence[][] = requests.map(() => []);
  for await (const begun of sampleSteps(runner, requests, parameters, options))
    for (const { place, result } of begun)
      (results[place.request] as SampledSequence[])[place.sample] = result;
  return results;
}

/** Token after token of all samples; a sample without room for a token does not appear. */
export async function* sampleTokens(
  runner: GraphRunner,
  requests: readonly SampleRequest[],
  parameters: SamplingParameters,
  options: SamplerOptions,
): AsyncGenerator<SampledToken, void, undefined> {
  for await (const rows of sampleSteps(runner, requests, parameters, options))
    for (const row of rows) if (row.result.tokens.length > 0) yield describeLast(row);
}

const describeLast = ({ place, result, said, answer, last, done }: Row): SampledToken => ({
  ...place,
  token: last,
  logprob: result.logprobs.at(-1) as number,
  ...(answer ? { text: said } : {}),
  ...(done ? { finishReason: result.finishReason } : {}),
});

/** Every step gives the rows that were touched: begun, or a token longer. They change with the next step. */
async function* sampleSteps(
  runner: GraphRunner,
  requests: readonly SampleRequest[],
  parameters: SamplingParameters,
  options: SamplerOptions,
): AsyncGenerator<readonly Row[], void, undefined> {
  const { config } = runner.setup;
  const stops = new Set(parameters.stopTokens);
  const plain = samplesPlainly(parameters);
  const waiting: Waiting[] = requests.flatMap((request, index) =>
    Array.from({ length: request.samples }, (_, sample) => ({ request: index, sample })),
  );
  let rows: Row[] = [];
  let cache: CacheArrangement | undefined;

  const take = (row: Row, choice: TokenChoice): void => {
    row.result.tokens.push(choice.token);
    row.result.logprobs.push(choice.logprob);
    row.last = choice.token;
    row.said = row.answer?.add(options.text?.bytesOf(choice.token) as Uint8Array) ?? '';
    row.done =
      stops.has(choice.token) ||
      row.answer?.stopped === true ||
      row.result.tokens.length >= row.maximumTokens;
    if (!row.done) return;
    if (row.answer && !row.answer.stopped) row.said += row.answer.end();
    if (stops.has(choice.token) || row.answer?.stopped) row.result.finishReason = 'stop';
  };

  /** Drops finished rows, lets waiting samples in, and gives everyone room for more tokens. @returns the rows begun. */
  const reorganise = async (): Promise<readonly Row[]> => {
    const begun: Row[] = [];
    const places: { row: number; length: number }[] = [];
    const admittedPrompts: PromptSource[] = [];
    const kept: Row[] = [];
    rows.forEach((row, index) => {
      if (row.done) return;
      kept.push(row);
      places.push({ row: index, length: row.length });
    });
    while (kept.length < options.maximumRows && waiting.length > 0) {
      const admitted = waiting.splice(0, options.maximumRows - kept.length);
      const prompts = await prefill(runner, requests, admitted);
      for (const item of admitted) {
        const prompt = prompts.get(item.request) as Prefilled;
        const row = beginRow(requests[item.request] as SampleRequest, item);
        begun.push(row);
        if (!row.done)
          take(
            row,
            chooseFromLogits(
              prompt.logits,
              prompt.logitsRow * config.vocabularySize,
              config.vocabularySize,
              parameters,
              row.random.next(),
            ),
          );
        if (row.done) continue;
        kept.push(row);
        admittedPrompts.push(prompt.source);
      }
    }
    cache = kept.length > 0 ? runner.cache.arrange(places, admittedPrompts) : undefined;
    rows = kept;
    return begun;
  };

  const beginRow = (request: SampleRequest, item: Waiting): Row => {
    const length = request.promptTokens.length;
    const maximumTokens = Math.min(parameters.maxTokens, runner.maxSequenceTokens - length);
    return {
      result: { tokens: [], logprobs: [], finishReason: 'length' },
      random: createRandom(parameters.seed, 'sample', item.request, item.sample),
      maximumTokens,
      place: item,
      answer: options.text && new AnswerText(options.text.stops),
      said: '',
      length,
      last: 0,
      done: maximumTokens <= 0,
    };
  };

  const scores = plain ? 'plain' : 'tempered';
  try {
    yield await reorganise();
    while (cache !== undefined) {
      const active: CacheArrangement = cache;
      const step = new DecodeStep(config, active, rows, parameters.temperature);
      const graph = await runner.decode(scores, parameters.maxTokens);
      // Until a row reaches the capacity or enough rows have ended, the same buffers serve.
      for (;;) {
        const feeds = {
          ...runner.commonFeeds(active.capacity),
          ...active.feeds,
          ...step.next(rows),
        };
        await graph.run(feeds, { ...active.into, ...step.into });
        const longer: Row[] = [];
        let finished = 0;
        let full = false;
        rows.forEach((row, index) => {
          if (!row.done) {
            row.length += 1;
            take(row, step.choose(index, plain ? undefined : parameters, row.random.next()));
            longer.push(row);
          }
          if (row.done) finished += 1;
          else if (row.length >= active.capacity) full = true;
        });
        yield longer;
        if (full || finished >= Math.max(1, rows.length / 8)) break;
      }
      yield await reorganise();
    }
  } finally {
    runner.cache.finish();
  }
}

/** The small inputs of one decode step, kept between steps. */
class DecodeStep {
  private readonly tokens: Int32Array;
  private readonly positions: BigInt64Array;
  private readonly slots: BigInt64Array;
  private readonly mask: Float32Array;
  private readonly feeds: Readonly<Record<string, BoundTensor>>;
  private readonly capacity: number;
  private readonly heads: number;
  private readonly vocabulary: number;
  private readonly probabilities: Float32Array;
  private readonly logits: Float32Array;
  private readonly logNormalisers: Float32Array;
  /** Outputs of the graph; it takes those it has. */
  readonly into: Readonly<Record<string, BoundTensor>>;

  constructor(
    config: ModelConfig,
    cache: CacheArrangement,
    rows: readonly Row[],
    temperature: number,
  ) {
    const count = rows.length;
    this.capacity = cache.capacity;
    this.heads = config.keyValueHeads;
    this.tokens = new Int32Array(count);
    this.positions = new BigInt64Array(count);
    this.slots = new BigInt64Array(count * this.heads * 3);
    this.mask = new Float32Array(count * cache.capacity).fill(MASKED);
    rows.forEach((row, index) => {
      this.mask.fill(0, index * cache.capacity, index * cache.capacity + row.length);
      for (let head = 0; head < this.heads; head++) {
        const at = (index * this.heads + head) * 3;
        this.slots[at] = BigInt(index);
        this.slots[at + 1] = BigInt(head);
      }
    });
    this.feeds = {
      inverseTemperature: float32(Float32Array.of(temperature > 0 ? 1 / temperature : 1)),
      queryScale: float32(Float32Array.of(1 / Math.sqrt(config.headSize))),
      tokens: int32(this.tokens, count, 1),
      tokenPositions: int64(this.positions, count, 1),
      slots: int64(this.slots, count * this.heads, 3),
      mask: float32(this.mask, count, 1, 1, cache.capacity),
    };
    this.vocabulary = config.vocabularySize;
    this.probabilities = new Float32Array(count * this.vocabulary);
    this.logits = new Float32Array(count * this.vocabulary);
    this.logNormalisers = new Float32Array(count);
    this.into = {
      probabilities: float32(this.probabilities, count, this.vocabulary),
      logits: float32(this.logits, count, this.vocabulary),
      logNormaliser: float32(this.logNormalisers, count, 1),
    };
  }

  /** The next token of a row after a run. @param parameters undefined: from the plain softmax. */
  choose(row: number, parameters: SamplingParameters | undefined, uniform: number): TokenChoice {
    const start = row * this.vocabulary;
    if (!parameters)
      return chooseFromProbabilities(this.probabilities, start, this.vocabulary, uniform);
    const scores = {
      logits: this.logits,
      probabilities: this.probabilities,
      start,
      logNormaliser: this.logNormalisers[row] as number,
    };
    return chooseFromTempered(scores, this.vocabulary, parameters, uniform);
  }

  /** A finished row repeats its last place: harmless, and its result is not read. */
  next(rows: readonly Row[]): Readonly<Record<string, BoundTensor>> {
    rows.forEach((row, index) => {
      const position = Math.min(row.length, this.capacity - 1);
      this.tokens[index] = row.last;
      this.positions[index] = BigInt(position);
      this.mask[index * this.capacity + position] = 0;
      for (let head = 0; head < this.heads; head++)
        this.slots[(index * this.heads + head) * 3 + 2] = BigInt(position);
    });
    return this.feeds;
  }
}

interface Prefilled {
  readonly source: PromptSource;
  /** [.., vocabulary] */
  readonly logits: Float32Array;
  readonly logitsRow: number;
}

/** Runs each needed prompt once; by request. */
async function prefill(
  runner: GraphRunner,
  requests: readonly SampleRequest[],
  admitted: readonly Waiting[],
): Promise<Map<number, Prefilled>> {
  const { config } = runner.setup;
  const needed = [...new Set(admitted.map((item) => item.request))];
  const tokensOf = (place: number): readonly number[] =>
    (requests[needed[place] as number] as SampleRequest).promptTokens;
  const plan = planMicroBatches(
    needed.map((_, place) => tokensOf(place).length),
    PREFILL_TOKENS,
  );
  const prefilled = new Map<number, Prefilled>();
  for (const batch of plan) {
    const lastPlaces = batch.indices.map(
      (place, row) => row * batch.length + tokensOf(place).length - 1,
    );
    const graph = await runner.prefill(batch.length);
    const result = await graph.run({
      ...runner.sequenceFeeds(batch.length),
      tokens: int32(padTokens(batch, tokensOf), batch.rows, batch.length),
      rows: int32(Int32Array.from(lastPlaces), batch.rows),
    });
    const layers = Array.from({ length: config.layers }, (_, layer) => ({
      key: floatsOf(result, `key${layer}`),
      value: floatsOf(result, `value${layer}`),
    }));
    const logits = floatsOf(result, 'logits');
    batch.indices.forEach((place, row) => {
      prefilled.set(needed[place] as number, {
        source: {
          layers,
          row,
          stride: batch.length,
          length: tokensOf(place).length,
        },
        logits,
        logitsRow: row,
      });
    });
  }
  return prefilled;
}
