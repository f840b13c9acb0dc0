/** @file A recording web response in Express's manner; the test keeps it and reads what the program did to it. */
import type { GuestKit } from './kit.ts';

export function makeResponseFactory(_kit: GuestKit): () => unknown {
  return () => {
    const record = {
      statusCode: 200,
      headers: {} as Record<string, string>,
      body: '',
      redirectedTo: undefined as string | undefined,
      cookies: {} as Record<string, { value: string; options: Record<string, unknown> }>,
      ended: false,
    };
    const header = (name: unknown, value: unknown): unknown => {
      if (typeof name === 'object' && name !== null)
        for (const [key, item] of Object.entries(name)) header(key, item);
      else record.headers[String(name).toLowerCase()] = String(value);
      return response;
    };
    const end = (value?: unknown): unknown => {
      if (value !== undefined) record.body += String(value);
      record.ended = true;
      return response;
    };
    const json = (value: unknown): unknown => {
      header('content-type', 'application/json');
      return end(JSON.stringify(value));
    };
    const response = {
      status: (code: number) => {
        record.statusCode = code;
        return response;
      },
      sendStatus: (code: number) => {
        record.statusCode = code;
        return end(code);
      },
      writeHead: (code: number, headers?: unknown) => {
        record.statusCode = code;
        return headers ? header(headers, undefined) : response;
      },
      set: header,
      header,
      setHeader: header,
      getHeader: (name: string) => record.headers[name.toLowerCase()],
      type: (name: string) => header('content-type', name === 'html' ? 'text/html' : name),
      send: (value: unknown) =>
        typeof value === 'object' && value !== null && !(value instanceof Uint8Array)
          ? json(value)
          : end(value),
      json,
      write: (value: unknown) => {
        record.body += String(value);
        return true;
      },
      end,
      redirect: (a: unknown, b?: unknown) => {
        record.statusCode = b === undefined ? 302 : Number(a);
        record.redirectedTo = String(b === undefined ? a : b);
        return end();
      },
      cookie: (name: string, value: unknown, options?: Record<string, unknown>) => {
        record.cookies[name] = { value: String(value), options: { ...options } };
        return response;
      },
      clearCookie: (name: string) => {
        delete record.cookies[name];
        return response;
      },
    };
    return { record, response };
  };
}
