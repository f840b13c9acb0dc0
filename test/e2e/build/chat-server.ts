/**
 * @file A real HTTP server that speaks the OpenAI chat API, or Anthropic's Messages API, and answers the steps of reflection sensibly, so that only what a
 * test makes it do goes wrong. It takes a program that calls `exec(` for vulnerable and knows one repair.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly body: {
    readonly messages: readonly { role: string; content: string }[];
    readonly max_tokens: number;
    readonly temperature?: number;
    readonly response_format?: {
      readonly type: string;
      readonly json_schema?: { readonly schema: Readonly<Record<string, unknown>> };
    };
  };
  /** The request's body as it came; equal for equal questions. */
  readonly key: string;
  readonly path: string;
  /** The credential, without "Bearer". */
  readonly credential: string;
  /** When the answer had been handed to the network whole, by `performance.now()`. */
  sentAtMs?: number;
  /** 0-based, over all requests. */
  readonly index: number;
}

/** False leaves the request to the server; anything else means it was answered, or deliberately not. */
export type Misbehaviour = (asked: Asked, response: ServerResponse) => unknown;

export interface ChatServer {
  readonly baseUrl: string;
  readonly asked: Asked[];
  /** Tokens that the answers sent so far reported as used. */
  readonly usedTokens: () => number;
  close(): Promise<void>;
}

export const TOKENS_PER_ANSWER = { prompt_tokens: 300, completion_tokens: 120 };

export type Dialect = 'openai' | 'anthropic';

export async function startChatServer(
  misbehave: Misbehaviour = () => false,
  dialect: Dialect = 'openai',
): Promise<ChatServer> {
  const asked: Asked[] = [];
  let used = 0;
  const server = createServer(async (request, response) => {
    const text = await textOf(request);
    const entry: Asked = {
      body: dialect === 'openai' ? JSON.parse(text) : fromAnthropic(JSON.parse(text)),
      key: text,
      path: request.url ?? '',
      credential: String(request.headers['x-api-key'] ?? request.headers.authorization).replace(
        'Bearer ',
        '',
      ),
      index: asked.length,
    };
    asked.push(entry);
    response.on('error', () => {});
    response.on('finish', () => {
      entry.sentAtMs = performance.now();
    });
    if (misbehave(entry, response) !== false) return;
    used += TOKENS_PER_ANSWER.prompt_tokens + TOKENS_PER_ANSWER.completion_tokens;
    if (dialect === 'openai') sendCompletion(response, JSON.stringify(answerTo(entry)));
    else sendMessage(response, [toolUse(answerTo(entry))]);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}${dialect === 'openai' ? '/v1' : ''}`,
    asked,
    usedTokens: () => used,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

export function sendCompletion(response: ServerResponse, content: string): void {
  response.setHeader('content-type', 'application/json');
  response.end(
    JSON.stringify({
      id: 'x',
      object: 'chat.completion',
      model: 'test-model',
      choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
      usage: TOKENS_PER_ANSWER,
    }),
  );
}

/** Promises a body and sends the beginning of it. */
export function sendHalf(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '5000' });
  response.write('{"id": "x", "content": [{"ty');
}

export const toolUse = (input: unknown): object => ({
  type: 'tool_use',
  id: 'toolu_1',
  name: 'answer',
  input,
});

export function sendMessage(response: ServerResponse, content: unknown): void {
  response.setHeader('content-type', 'application/json');
  response.end(
    JSON.stringify({
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'test-model',
      content,
      stop_reason: 'tool_use',
      stop_sequence: null,
      usage: {
        input_tokens: TOKENS_PER_ANSWER.prompt_tokens,
        output_tokens: TOKENS_PER_ANSWER.completion_tokens,
      },
    }),
  );
}

/** The system text stands beside the messages there; everything else this server reads has the same name. */
const fromAnthropic = (body: Asked['body'] & { readonly system: string }): Asked['body'] => ({
  ...body,
  messages: [{ role: 'system', content: body.system }, ...body.messages],
});

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

const fenced = (text: string, label: string): string =>
  new RegExp(`<<<${label} (\\w+)\\n([\\s\\S]*)\\n${label} \\1>>>`).exec(text)?.[2] ?? '';

const isWeak = (code: string): boolean => /\bexec\(/.test(code);

export function answerTo({ body }: Asked): object {
  const system = body.messages[0]!.content;
  const user = body.messages[1]!.content;
  if (system.startsWith('You review')) {
    const weak = isWeak(fenced(user, 'CODE'));
    return {
      verdict: weak ? 'vulnerable' : 'safe',
      cwe: weak ? ['CWE-78'] : [],
      lines: [2],
      quotes: ['exec('],
      why: 'a shell',
    };
  }
  if (system.startsWith('You repair')) {
    const code = fenced(user, 'CODE');
    const fixedCode = code
      .replace('{ exec }', '{ execFile }')
      .replace(/exec\('(\w+) ' \+ (\w+)/, "execFile('$1', [$2]");
    return { fixedCode: fixedCode === code ? null : fixedCode, why: 'no shell' };
  }
  if (system.startsWith('You are a hostile'))
    return {
      accept: true,
      stillExploitable: false,
      behaviourChanged: false,
      newWeakness: false,
      critique: 'fine',
      revision: null,
    };
  if (system.startsWith('You are shown two'))
    return {
      vulnerable: isWeak(fenced(user, 'A')) ? 'A' : 'B',
      certainty: 0.9,
      cwe: ['CWE-78'],
      quotes: [],
      why: 'a shell',
    };
  const name = /function (\w+)\((\w+), done\)/.exec(user);
  return {
    prompts: [
      { style: 'chat', text: `can you write ${name?.[1]}(${name?.[2]}, done) for our tool?` },
      {
        style: 'ticket',
        text: `Implement ${name?.[1]}(${name?.[2]}, done): call the program and hand its output to done.`,
      },
    ],
  };
}

/** Records whose repair the server knows; each differs in names only as far as its number. */
export function records(count: number): string {
  const lines = Array.from({ length: count }, (_, i) => {
    const code = `const { exec } = require('child_process');\nfunction run${i}(host${i}, done) {\n  log('call number ${i * 7919}', ${i});\n  exec('ping${i} ' + host${i}, done);\n}\nmodule.exports = { run${i} };\n`;
    return JSON.stringify({ id: `r${i}`, language: 'javascript', code, cwe: ['CWE-78'] });
  });
  return `${lines.join('\n')}\n`;
}
