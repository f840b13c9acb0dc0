/**
 * @file The three messages that newer Tinker SDKs (Python, 0.25 and later) send and read as protobuf: a request for a pass
 * comes in as one, its result and that of sampling go out as one; all else stays JSON. Field numbers are those of the
 * SDK's public schema. A request becomes the JSON body of the same meaning, so everything behind it knows one form only.
 * Text prompts and dense tensors only: images, sparse tensors and compressed bodies are refused.
 */
import protobuf from 'protobufjs';
import type { WireLossOutput, WireTensor } from '../../../engine/tinker/wire.ts';
import { Refusal } from './refusal.ts';

export const PROTOBUF_TYPE = 'application/x-protobuf';

const field = (type: string, id: number) => ({ type, id });
const repeated = (type: string, id: number) => ({ rule: 'repeated', type, id });
const map = (type: string, id: number) => ({ keyType: 'string', type, id });

const root = protobuf.Root.fromJSON({
  nested: {
    PassRequest: {
      fields: {
        modelId: field('string', 1),
        seqId: field('int32', 2),
        data: repeated('Datum', 3),
        lossFn: field('string', 4),
        lossFnConfig: map('double', 5),
        forwardOnly: field('bool', 6),
        lossFnConfigV2: map('LossSetting', 7),
      },
    },
    LossSetting: {
      oneofs: { value: { oneof: ['number', 'text'] } },
      fields: { number: field('double', 1), text: field('string', 2) },
    },
    Datum: { fields: { modelInput: repeated('Chunk', 1), lossFnInputs: map('Tensor', 2) } },
    Chunk: { fields: { encodedText: field('Text', 1) } },
    Text: { fields: { tokens: field('bytes', 1) } },
    Tensor: {
      oneofs: { encoding: { oneof: ['dense', 'sparse'] } },
      fields: {
        dense: field('bytes', 1),
        sparse: field('bytes', 2),
        dtype: field('int32', 3),
        shape: repeated('int64', 4),
      },
    },
    PassOutput: {
      fields: {
        outputType: field('string', 1),
        outputs: repeated('Batch', 2),
        metrics: map('double', 3),
      },
    },
    Batch: { fields: { fields: map('BatchedTensor', 2), count: field('int64', 3) } },
    BatchedTensor: {
      fields: {
        data: field('bytes', 1),
        offsets: field('bytes', 2),
        dtype: field('int32', 3),
        trailingShape: repeated('int64', 4),
      },
    },
    SampleOutput: {
      fields: { sequences: repeated('Sequence', 1), promptLogprobs: field('bytes', 2) },
    },
    Sequence: {
      fields: {
        stopReason: field('int32', 1),
        tokens: field('bytes', 2),
        logprobs: field('bytes', 3),
      },
    },
  },
});
const [passRequest, passOutput, sampleOutput] = ['PassRequest', 'PassOutput', 'SampleOutput'].map(
  (name) => root.lookupType(name),
) as [protobuf.Type, protobuf.Type, protobuf.Type];

const FLOAT32 = 1;
const INT64 = 2;
const INT32 = 3;

interface Tensor {
  dense?: Uint8Array;
  dtype?: number;
}
interface PassRequest {
  modelId: string;
  seqId: number;
  data: { modelInput: { encodedText?: { tokens: Uint8Array } }[]; lossFnInputs: Map<Tensor> }[];
  lossFn: string;
  lossFnConfig: Map<number>;
  forwardOnly: boolean;
  lossFnConfigV2: Map<{ number?: number; text?: string }>;
}
type Map<Value> = Record<string, Value>;

/** @returns the JSON body of `forward_backward` or `forward`, names sorted so that equal requests are equal texts. @throws Refusal 422. */
export function decodePassRequest(bytes: Uint8Array): { body: object; forwardOnly: boolean } {
  let request: PassRequest;
  try {
    request = passRequest.toObject(passRequest.decode(bytes), {
      defaults: true,
      arrays: true,
      objects: true,
      longs: Number,
    }) as PassRequest;
  } catch (thrown) {
    throw new Refusal(422, `the body is no protobuf request: ${String(thrown)}`);
  }
  const data = request.data.map(({ modelInput, lossFnInputs }, index) => ({
    model_input: {
      chunks: modelInput.map(({ encodedText }) => {
        if (!encodedText) throw new Refusal(422, `datum ${index}: only text input is taken here`);
        return { type: 'encoded_text', tokens: Array.from(int32sOf(encodedText.tokens)) };
      }),
    },
    loss_fn_inputs: Object.fromEntries(
      Object.entries(lossFnInputs)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, tensor]) => [name, decodeTensor(tensor, `datum ${index}: ${name}`)]),
    ),
  }));
  const { forwardOnly } = request;
  const input = { data, loss_fn: request.lossFn, loss_fn_config: configOf(request) };
  return {
    forwardOnly,
    body: {
      model_id: request.modelId,
      // 0 is "not given" on this wire.
      seq_id: request.seqId > 0 ? request.seqId : null,
      ...(forwardOnly ? { forward_input: input } : { forward_backward_input: input }),
    },
  };
}

/** The second form, numbers and texts, wins over the first, numbers only. */
function configOf({ lossFnConfig, lossFnConfigV2 }: PassRequest): Map<number> | null {
  const second = Object.entries(lossFnConfigV2).map(([name, { number, text }]) => {
    if (text !== undefined)
      throw new Refusal(
        422,
        `loss_fn_config.${name} is the text "${text}"; numbers are taken here`,
      );
    return [name, number ?? 0] as const;
  });
  const entries = second.length > 0 ? second : Object.entries(lossFnConfig);
  if (entries.length === 0) return null;
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function decodeTensor({ dense, dtype }: Tensor, place: string): WireTensor {
  if (!dense) throw new Refusal(422, `${place}: only dense tensors are taken here`);
  // Copied, so that the numbers begin where their size wants them to. Little-endian, as every machine this runs on.
  const { buffer } = Uint8Array.from(dense);
  switch (dtype) {
    case FLOAT32:
      return { data: Array.from(new Float32Array(buffer)), dtype: 'float32' };
    case INT64:
      return { data: Array.from(new BigInt64Array(buffer), Number), dtype: 'int64' };
    case INT32:
      return { data: Array.from(new Int32Array(buffer)), dtype: 'int64' };
    default:
      throw new Refusal(422, `${place}: tensors of type ${dtype} are not taken here`);
  }
}

const int32sOf = (bytes: Uint8Array): Int32Array => new Int32Array(Uint8Array.from(bytes).buffer);

interface SampleAnswer {
  readonly sequences: readonly {
    readonly stop_reason: string;
    readonly tokens: readonly number[];
    readonly logprobs?: readonly (number | null)[] | null;
  }[];
  readonly prompt_logprobs?: readonly (number | null)[] | null;
}

/** The binary form of a result, for those kinds that have one. @param json as it would be sent otherwise. */
export function encodeResult(json: string): Uint8Array<ArrayBuffer> | undefined {
  const result = JSON.parse(json) as object;
  if ('sequences' in result) return encodeSample(result as SampleAnswer);
  if ('loss_fn_outputs' in result) return encodePass(result as WireLossOutput);
  return undefined;
}

function encodeSample({ sequences, prompt_logprobs: prompt }: SampleAnswer) {
  return finish(sampleOutput, {
    sequences: sequences.map(({ stop_reason: reason, tokens, logprobs }) => ({
      // 0, for "stop", is what is not written.
      ...(reason === 'stop' ? {} : { stopReason: 1 }),
      tokens: bytesOf(Int32Array.from(tokens)),
      ...(logprobs ? { logprobs: bytesOf(floats(logprobs)) } : {}),
    })),
    ...(prompt ? { promptLogprobs: bytesOf(floats(prompt)) } : {}),
  });
}

/** Each field of all data end to end, with the byte at which each datum begins. */
function encodePass(result: WireLossOutput & { loss_fn_output_type?: string }) {
  const outputs = result.loss_fn_outputs;
  const names = [...new Set(outputs.flatMap((output) => Object.keys(output)))];
  const fields = names.map((name) => {
    const rows = outputs.map((output) => floats(output[name]?.data ?? []));
    const offsets = new BigInt64Array(rows.length + 1);
    rows.forEach((row, index) => {
      offsets[index + 1] = offsets[index]! + BigInt(row.byteLength);
    });
    const data = Buffer.concat(rows.map(bytesOf));
    return [name, { data, offsets: bytesOf(offsets), dtype: FLOAT32 }];
  });
  const metrics = Object.entries(result.metrics ?? {}).filter(
    ([, value]) => typeof value === 'number',
  );
  return finish(passOutput, {
    outputType: result.loss_fn_output_type ?? '',
    outputs:
      outputs.length > 0 ? [{ fields: Object.fromEntries(fields), count: outputs.length }] : [],
    metrics: Object.fromEntries(metrics),
  });
}

const finish = (type: protobuf.Type, message: object): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(type.encode(type.fromObject(message)).finish());

/** What JSON has as null is not a number. */
const floats = (values: readonly (number | null)[]): Float32Array =>
  Float32Array.from(values, (value) => value ?? Number.NaN);

const bytesOf = (array: Float32Array | Int32Array | BigInt64Array): Buffer =>
  Buffer.from(array.buffer, array.byteOffset, array.byteLength);
