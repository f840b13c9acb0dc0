/** @file Bytes here were written by Google's Python library from the schema the Python SDK carries. */
import { describe, expect, it } from 'vitest';
import { decodePassRequest, encodeResult } from './protobuf.ts';

const bytes = (base64: string): Uint8Array => Buffer.from(base64, 'base64');

const PPO_REQUEST =
  'Cgdtb2RlbF8xEAcaiAEKEAoOCgwFAAAABgAAAHARAQASIQoKYWR2YW50YWdlcxITCgwAAMC/AAAgvwAAgD4YASIBAxIfCghsb2dwcm9icxITCgyrqqq+q6qqvquqqr4YASIBAxIwCg10YXJnZXRfdG9rZW5zEh8KGHERAQAAAAAAchEBAAAAAABzEQEAAAAAABgCIgEDGmAKCAoGCgQJAAAAEhkKCmFkdmFudGFnZXMSCwoEAADAvxgBIgEBEhcKCGxvZ3Byb2JzEgsKBKuqqr4YASIBARIgCg10YXJnZXRfdG9rZW5zEg8KCHERAQAAAAAAGAIiAQEiA3BwbyodChJjbGlwX2xvd190aHJlc2hvbGQRAAAAAAAA4D86IAoTY2xpcF9oaWdoX3RocmVzaG9sZBIJCXsUrkfhevQ/Oh8KEmNsaXBfbG93X3RocmVzaG9sZBIJCZqZmZmZmek/';
const FORWARD_REQUEST =
  'Cgdtb2RlbF8xGjUKDAoKCggBAAAAAgAAABIlCg10YXJnZXRfdG9rZW5zEhQKEAIAAAAAAAAAAwAAAAAAAAAYAiINY3Jvc3NfZW50cm9weTAB';
const TEXT_SETTING = 'CgFtEAEiA3BwbzoLCgRtb2RlEgMSAXg=';
const IMAGE = 'CgFtEAEaCQoHEgUKA3BuZyINY3Jvc3NfZW50cm9weQ==';
const SPARSE = 'CgFtEAEaIgoICgYKBAAAAAASFgoNdGFyZ2V0X3Rva2VucxIFEgMKAQEiDWNyb3NzX2VudHJvcHk=';
const PASS_OUTPUT =
  'CgZzY2FsYXISOhI2Cghsb2dwcm9icxIqCgwAAMC/AACAvgAAQMASGAAAAAAAAAAACAAAAAAAAAAMAAAAAAAAABgBGAIaEwoIbG9zczpzdW0RAAAAAAAABEA=';
const SAMPLE_OUTPUT = 'ChYIARIIBAAAAAUAAAAaCAAAAL8AAADACgwSBAAAAAAaBAAAAL4SCAAAwH8AAIC/';

describe('a request in protobuf', () => {
  it('means what the JSON request of the same content means', () => {
    const third = Math.fround(-1 / 3);
    const floats = (data: number[]) => ({ data, dtype: 'float32' });
    expect(decodePassRequest(bytes(PPO_REQUEST))).toEqual({
      forwardOnly: false,
      body: {
        model_id: 'model_1',
        seq_id: 7,
        forward_backward_input: {
          loss_fn: 'ppo',
          loss_fn_config: { clip_high_threshold: 1.28, clip_low_threshold: 0.8 },
          data: [
            {
              model_input: { chunks: [{ type: 'encoded_text', tokens: [5, 6, 70000] }] },
              loss_fn_inputs: {
                advantages: floats([-1.5, -0.625, 0.25]),
                logprobs: floats([third, third, third]),
                target_tokens: { data: [70001, 70002, 70003], dtype: 'int64' },
              },
            },
            {
              model_input: { chunks: [{ type: 'encoded_text', tokens: [9] }] },
              loss_fn_inputs: {
                advantages: floats([-1.5]),
                logprobs: floats([third]),
                target_tokens: { data: [70001], dtype: 'int64' },
              },
            },
          ],
        },
      },
    });
  });

  it('can ask for the forward pass alone', () => {
    const { forwardOnly, body } = decodePassRequest(bytes(FORWARD_REQUEST));
    expect(forwardOnly).toBe(true);
    expect(body).toMatchObject({ seq_id: null, forward_input: { loss_fn: 'cross_entropy' } });
  });

  it.each([
    ['a text among the loss settings', TEXT_SETTING, /mode is the text "x"/],
    ['an image', IMAGE, /datum 0: only text/],
    ['a sparse tensor', SPARSE, /datum 0: target_tokens: only dense/],
    ['bytes that are no message', '/////w==', /no protobuf/],
  ])('with %s is refused, with the reason', (_, message, reason) => {
    expect(() => decodePassRequest(bytes(message))).toThrow(reason);
  });
});

describe('a result in protobuf', () => {
  const encoded = (result: object): string =>
    Buffer.from(encodeResult(JSON.stringify(result)) ?? '').toString('base64');

  it('is byte for byte the one Google’s library writes', () => {
    expect(
      encoded({
        loss_fn_output_type: 'scalar',
        loss_fn_outputs: [{ logprobs: { data: [-1.5, -0.25] } }, { logprobs: { data: [-3] } }],
        metrics: { 'loss:sum': 2.5, none: null },
      }),
    ).toBe(PASS_OUTPUT);
    expect(
      encoded({
        sequences: [
          { stop_reason: 'length', tokens: [4, 5], logprobs: [-0.5, -2] },
          { stop_reason: 'stop', tokens: [0], logprobs: [-0.125] },
        ],
        prompt_logprobs: [null, -1],
      }),
    ).toBe(SAMPLE_OUTPUT);
  });

  it('does not exist for other kinds', () => {
    expect(encodeResult('{"path":"tinker://m/weights/a"}')).toBeUndefined();
  });
});
